/** Only the gate says who is calling: its header cannot be brought along, in no spelling and on no route. */
import t from 'tap'
import { sendRaw } from '../helpers/raw-socket.ts'
import { startStack } from '../helpers/stack.ts'

const on = { COGATE_PUBLIC_URL: 'https://app.example.com', COGATE_IDENTITY_TOKEN_AUDIENCE: 'orders' }
const routes = [
  { path: '/open', auth: 'none' },
  { path: '/optional', auth: 'optional' },
  { path: '/reported', groups: ['nobody'], mode: 'report' },
]
const spellings = (name: string) => [name, name.toLowerCase(), name.replaceAll('-', '_'), name.replaceAll('-', '.')]

for (const header of ['X-Cogate-Identity', 'X-Who-Calls']) {
  t.test(`${header} of a caller never arrives`, async (t) => {
    const { upstream, gate, head, send } = await startStack(t, {
      routes,
      env: { ...on, COGATE_IDENTITY_TOKEN_HEADER: header },
    })
    const canonical = header.toLowerCase()
    const isOurs = (name: string) => name.toLowerCase().replaceAll(/[^a-z0-9]/g, '-') === canonical
    for (const spelling of spellings(header)) {
      for (const target of ['/open', '/optional']) {
        const bytes = `GET ${target} HTTP/1.1\r\nHost: a\r\n${spelling}: forged\r\n${spelling}: twice\r\n\r\n`
        t.equal((await sendRaw({ port: gate.port, bytes })).responses[0]?.status, 200)
        t.notOk(Object.keys(upstream.requests.at(-1)?.headers ?? {}).some(isOurs), `${target} ${spelling}`)
      }
      for (const target of ['/a', '/optional', '/reported']) {
        await send(head(`GET ${target}`, `${spelling}: forged`, `Connection: ${spelling}`))
        const names = Object.entries(upstream.requests.at(-1)?.headers ?? {}).filter(([name]) => isOurs(name))
        t.match(names, [[canonical, /^ey[\w-]+\.ey[\w-]+\.[\w-]{86}$/]], `${target} ${spelling}`)
        t.equal(names.length, 1)
      }
    }
  })
}

t.test('a request that passes in report mode without a good token is signed for nobody', async (t) => {
  const { upstream, gate } = await startStack(t, { env: { ...on, COGATE_MODE: 'report' } })
  for (const authorization of [undefined, 'Bearer x.y.z']) {
    const headers = { 'x-cogate-identity': 'forged', ...(authorization && { authorization }) }
    t.equal((await fetch(gate.url, { headers })).status, 200)
    t.notOk('x-cogate-identity' in (upstream.requests.at(-1)?.headers ?? {}))
  }
})

t.test('the private key is in no answer, no log line and no page', async (t) => {
  const { gate, send, head } = await startStack(t, { env: on })
  await send(head('GET /'))
  const texts = [JSON.stringify(gate.lines)]
  for (const path of ['/status', '/metrics']) texts.push(await (await fetch(gate.opsUrl + path)).text())
  texts.push(await (await fetch(`${gate.url}/_cogate/jwks.json`)).text())
  for (const text of texts) t.notMatch(text, /PRIVATE KEY|"d":/)
})
