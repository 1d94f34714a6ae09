/** The places of a token in a guarded application: the handler sees the verified token alone, and the gate's answers are the same. */
import t, { type Test } from 'tap'
import { ask, createGuardedApp, startGuardedApp } from '../helpers/guarded-app.ts'
import { startTestIssuer } from '../helpers/issuer.ts'

const issuer = await startTestIssuer(t)
const token = issuer.mintAccessToken()
const password = `Basic ${Buffer.from(`git:${token}`).toString('base64')}`

function start(t: Test, sources: readonly string[], more: object = {}) {
  return startGuardedApp(t, {
    issuer,
    options: { credentials: { sources }, ...more },
    routes: (app) => {
      app.all('/x', async (request) => ({ headers: request.headers, raw: request.raw.rawHeaders }))
      app.get('/open', { config: { cogate: { auth: 'none' } } }, async (request) => ({ headers: request.headers }))
    },
  })
}

t.test('the handler gets a bearer token, and nothing of the place where it was', async (t) => {
  const { url, lines } = await start(t, ['bearer', 'basicPassword', 'cookie:tok', 'webSocketProtocol'])
  for (const [given, expected] of [
    [{ authorization: password }, {}],
    [{ cookie: `a=1; tok=${token}` }, { cookie: 'a=1' }],
    [{ cookie: `tok=${token}` }, { cookie: undefined }],
    [{ 'sec-websocket-protocol': `chat, base64url.bearer.cogate, ${token}` }, { 'sec-websocket-protocol': 'chat' }],
    [{ authorization: `Bearer ${token}` }, {}],
  ] as const) {
    const { status, text } = await ask(`${url}/x`, given)
    t.equal(status, 200)
    const { headers, raw } = JSON.parse(text) as { headers: object; raw: readonly string[] }
    t.match(headers, { authorization: `Bearer ${token}`, ...expected })
    t.equal(text.split(token).length - 1, 2, 'once in the headers, and once in the raw ones')
    t.equal(raw.filter((name, at) => at % 2 === 0 && /^authorization$/i.test(name)).length, 1)
  }
  t.notOk(JSON.stringify(lines).includes(token))
})

t.test('without passToken it gets none, and on a public route none that nobody has verified', async (t) => {
  const without = await start(t, ['bearer', 'basicPassword'], { identityHeaders: { passToken: false } })
  for (const authorization of [password, `Bearer ${token}`]) {
    const { status, text } = await ask(`${without.url}/x`, { authorization })
    t.equal(status, 200)
    t.notOk(text.includes(token))
  }
  const { url } = await start(t, ['basicPassword'])
  t.notMatch((await ask(`${url}/open`, { authorization: password })).text, /authorization/)
})

t.test('refusals are those of the gate: conflict, other sites, both challenges', async (t) => {
  const { url } = await start(t, ['bearer', 'basicPassword', 'cookie:tok'], { publicUrl: 'https://app.example' })
  const cookie = `tok=${token}`
  t.match(await ask(`${url}/x`, { cookie, authorization: password }), { status: 400, code: 'credential_conflict' })
  const origin = 'https://evil.example'
  t.match(await ask(`${url}/x`, { cookie, origin }, 'POST'), { status: 403, code: 'cross_site_request' })
  t.match(await ask(`${url}/x`, { cookie, origin: 'https://app.example' }, 'POST'), { status: 200 })
  const { headers } = await ask(`${url}/x`)
  t.equal(headers.get('www-authenticate'), 'Bearer realm="cogate", Basic realm="cogate", charset="UTF-8"')
})

t.test('a token in the query is no source here, because the application has logged it', async (t) => {
  const options = { credentials: { sources: ['bearer', 'insecureQuery:tok'] } }
  await t.rejects(createGuardedApp(t, { issuer, options }), /credentials\.sources[\s\S]*log of the application/)
})
