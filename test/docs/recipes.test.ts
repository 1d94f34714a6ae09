/** docs/recipes.md: each configuration is started, and every request of its table is sent. */
import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { text } from 'node:stream/consumers'
import t from 'tap'
import { parse } from 'yaml'
import { startTestGate } from '../helpers/gateway.ts'
import { type Issuer, startTestIssuer } from '../helpers/issuer.ts'
import { startUpstream } from '../helpers/upstream.ts'
import { readPage, readTable, readWords } from './pages.ts'

interface Recipe {
  readonly upstream: string | { readonly url: string }
  readonly upstreams?: readonly { readonly name: string; readonly url: string }[]
  readonly login?: { readonly domain: string; readonly clientId: string }
  readonly [key: string]: unknown
}

const page = readPage('docs/recipes.md')
const sections = page.text.split(/^(?=## )/m).slice(1)

t.ok(sections.length >= 7, `${sections.length} recipes`)

for (const section of sections) {
  const [, title = ''] = /^## (.+)$/m.exec(section) ?? []
  t.test(`${title}: what the table says happens`, async (t) => {
    const issuer = await startTestIssuer(t)
    const gate = await start(t, issuer, section)
    for (const [who = '', line = '', answer = ''] of readTable(section, '| who |')) {
      const [method = '', path = ''] = line.replaceAll('`', '').split(' ')
      const got = await send({ port: gate.port, method, path, headers: headersOf(who, issuer) })
      const [status = '', detail] = readWords(answer)
      t.equal(String(got.status), status, `${who}: ${line}`)
      if (detail !== undefined) t.match(got.text, detail, `${who}: ${line}`)
      const [, service] = / of (\w+)$/.exec(answer) ?? []
      if (service !== undefined) t.match(got.text, `at ${service}`)
    }
  })
}

interface Request {
  readonly port: number
  readonly method: string
  readonly path: string
  readonly headers: Record<string, string>
}

/** Not `fetch`: it says by itself that it is a script. */
async function send({ port, method, path, headers }: Request) {
  const asked = request({ host: '127.0.0.1', port, method, path, headers, agent: false })
  asked.end(method === 'PUT' ? Buffer.alloc(2 * 1024 * 1024) : undefined)
  const [response] = (await once(asked, 'response')) as [IncomingMessage]
  return { status: response.statusCode, text: await text(response) }
}

/** The services of the recipe are real ones that say what they got; the issuer stands for the user pool. */
async function start(t: Parameters<typeof startTestGate>[0], issuer: Issuer, section: string) {
  const [, yaml = ''] = /```yaml\n([\s\S]*?)```/.exec(section) ?? []
  const { upstream, upstreams = [], login, ops: _, ...rest } = parse(yaml) as Recipe
  const serve = (name: string) => startUpstream(t, ({ url }, response) => response.end(`${url} at ${name}`))
  const services = await Promise.all(upstreams.map(async (each) => ({ ...each, url: (await serve(each.name)).url })))
  const main = (await serve('upstream')).url
  const settings = typeof upstream === 'string' ? {} : upstream
  const entries = Object.entries({ ...rest, ...(services.length > 0 && { upstreams: services }) })
  const file = { ...Object.fromEntries(entries), ...(login && { login: { ...login, clientId: issuer.clientId } }) }
  const path = `${t.testdir({ 'cogate.json': JSON.stringify({ ...file, upstream: { ...settings, url: main } }) })}/cogate.json`
  const secrets = login === undefined ? {} : { COGATE_SESSION_SECRETS: 'a secret of thirty-two characters' }
  return startTestGate(t, { issuer, upstream: main, env: { COGATE_CONFIG: path, ...secrets } })
}

function headersOf(who: string, issuer: Issuer): Record<string, string> {
  if (who === 'nobody') return {}
  if (who === 'a browser') return { accept: 'text/html', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' }
  const [, origin] = /^a page of (\S+)$/.exec(who) ?? []
  if (origin !== undefined) return { origin, 'access-control-request-method': 'GET' }
  return { authorization: `Bearer ${tokenOf(who, issuer)}` }
}

function tokenOf(who: string, issuer: Issuer): string {
  const [, scope] = / with (\S+)$/.exec(who) ?? []
  if (who.startsWith('a machine')) return issuer.mintM2mToken({ scope: scope ?? 'orders/write' })
  const groups = who === 'an administrator' ? ['admin'] : ['staff']
  return issuer.mintAccessToken({ groups, ...(scope && { scope }) })
}
