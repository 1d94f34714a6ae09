/** Real proxies with the snippets of deploy/forward-auth ask a gate: who passes, as whom, and what the others get. */
import t from 'tap'
import { askingProxies } from '../helpers/asking-proxies.ts'
import { startAskStack } from '../helpers/forward-auth.ts'
import { type LoginWorld, startLoginWorld } from '../helpers/login-world.ts'
import { sendRaw } from '../helpers/raw-socket.ts'

const routes = [
  { path: '/public/*', auth: 'none' },
  { path: '/admin/*', groups: ['admin'] },
  { path: '/get/*', methods: ['GET'], auth: 'none' },
  { path: '/get/*', methods: ['DELETE'] },
  { path: '/*', host: 'inner.example', groups: ['inner'] },
  { path: '/*' },
]
/** Names that a caller could hope to be believed under. */
const forged = [
  'X-Forwarded-User: root',
  'X-Forwarded-Groups: admin',
  'X-Forwarded-Email: root@example.com',
  'X-Forwarded-Preferred-Username: root',
  'X-Cognito-Sub: root',
  'X-Cognito-Client-Id: root',
  'X-Cognito-Scope: root',
  'X-Cognito-Token-Use: root',
  'X-Cognito-User-Pool-Id: root',
]
/** CGI, WSGI, Rack and PHP programs read them as the names above. */
const respelled = [
  'X_Forwarded_User: root',
  'X-Forwarded_Groups: admin',
  'X_Forwarded-Email: root@example.com',
  'X-Forwarded-Preferred_Username: root',
  'X.Forwarded.User: root',
  'X-Forwarded.User: root',
  'X_Cognito_Sub: root',
  'X-Cognito_Sub: root',
]
/** Some services take their path from them. */
const pathNames = [
  ...['X-Original-URL', 'X-Rewrite-URL', 'X-Override-URL', 'X-HTTP-DestinationURL', 'X-WAWS-Unencoded-URL'],
  ...['X-Envoy-Original-Path', 'X-Original-Path'],
  ...['X_Original_URL', 'X-Original_URL', 'X-Rewrite.URL', 'X-Override_URL', 'X-HTTP_DestinationURL'],
  ...['X-WAWS_Unencoded-URL', 'X-WAWS-Unencoded.URL', 'X-Envoy_Original-Path', 'X-Envoy-Original_Path'],
]
const spoofed = [
  'X-Original-URL: http://app.example/public/a',
  'X-Original-URI: /public/a',
  'X-Original-Method: GET',
  'X-Forwarded-Uri: /public/a',
  'X-Forwarded-Method: GET',
  'X-Forwarded-Host: app.example',
]

const isCi = process.env['CI'] !== undefined

for (const proxy of askingProxies) {
  const skip = !isCi && !proxy.isInstalled() && `${proxy.package} is not installed`

  t.test(`${proxy.name} lets through whom cogate lets through, as whom cogate knows`, { skip }, async (t) => {
    const { gate, upstream, authorization } = await startAskStack(t, { routes })
    const port = await proxy.start(t, { gate: gate.port, service: Number(new URL(upstream.url).port) })
    const send = async (line: string, ...fields: readonly string[]) => {
      const host = fields.some((field) => field.startsWith('Host:')) ? [] : ['Host: app.example']
      const bytes = `${[`${line} HTTP/1.1`, ...host, ...fields].join('\r\n')}\r\n\r\n`
      const before = upstream.requests.length
      const { responses } = await sendRaw({ port, bytes })
      const [response] = responses
      return { status: response?.status, headers: response?.headers ?? {}, seen: upstream.requests.slice(before) }
    }
    const token = `Authorization: ${authorization}`

    const known = await send('GET /a?b=c', token, ...forged)
    t.equal(known.status, 200)
    t.equal(known.seen[0]?.url, '/a?b=c')
    t.match(known.seen[0]?.headers['x-forwarded-user'], /./)
    t.not(known.seen[0]?.headers['x-forwarded-user'], 'root')
    t.notOk(known.seen[0]?.headers['x-forwarded-groups'], 'what cogate does not know is taken away')
    t.match(known.seen[0]?.headers['x-cognito-sub'], /^[0-9a-f-]{36}$/)
    t.notOk(Object.values(known.seen[0]?.headers ?? {}).includes('root'), 'nothing that the caller has said')

    const dropping = await send('GET /a', token, 'Connection: X-Forwarded-User, X-Cognito-Sub, keep-alive')
    for (const { headers } of dropping.seen) {
      t.match([headers['x-forwarded-user'], headers['x-cognito-sub']], [/./, /./], 'Connection takes no identity away')
    }

    const anonymous = await send('GET /public/a', ...forged, ...respelled)
    t.equal(anonymous.status, 200)
    const said = Object.entries(anonymous.seen[0]?.headers ?? {}).filter(([, value]) => value !== '')
    const names = said.map(([name]) => name.replace(/[^a-z]/g, '-'))
    t.same(
      names.filter((name) => /^x-(?:forwarded-(?:user|groups|email|preferred)|cognito)/.test(name)),
      [],
      'in no spelling',
    )
    for (const field of forged) t.notOk(anonymous.seen[0]?.headers[field.split(':')[0]?.toLowerCase() ?? ''], field)

    for (const name of pathNames) {
      const { seen } = await send('GET /public/a', `${name}: /admin/a`)
      t.same(
        seen.filter(({ headers }) => headers[name.toLowerCase()]),
        [],
        `${name} does not lead the service to a page that nobody decided on`,
      )
    }

    const refused = await send('GET /a')
    t.same([refused.status, refused.seen.length], [401, 0])
    t.match(refused.headers['www-authenticate'], [/^Bearer realm="cogate"/])
    for (const [line, ...fields] of [
      ['GET /admin/a', token],
      ['GET /%61dmin/a', token],
      ['GET /a', token, 'Host: inner.example'],
    ] as const) {
      const { status, seen } = await send(line, ...fields)
      t.same([status, seen.length], [403, 0], line)
    }
    for (const field of spoofed) {
      const { seen, status } = await send('DELETE /get/a', field)
      t.same(seen, [], field)
      t.ok(Number(status) >= 400, field)
      t.same((await send('GET /admin/a', token, field)).seen, [], field)
      t.same((await send('GET /a', token, field, 'Host: inner.example')).seen, [], field)
    }
    for (const path of ['/public/..%2fadmin/a', '/public/..;/admin/a', '/public/%252e%252e/admin/a']) {
      t.same((await send(`GET ${path}`, token)).seen, [], path)
    }
    t.match(await gate.logged(({ path, method }) => path === '/a' && method === 'GET'), { client: undefined })
  })

  t.test(`${proxy.name} sends a browser to the sign-in, and the session counts`, { skip }, async (t) => {
    const { port, world } = await startBehind(t, proxy.start)
    const browser = world.openBrowser({ port })
    const page = await browser.open('/reports?year=2026')
    t.equal(page.status, 200)
    t.match(page.url, /\/reports\?year=2026$/)
    t.match(world.upstream.requests.at(-1)?.headers['x-forwarded-user'], /./)
    t.equal((await world.openBrowser({ port }).fetch('/x', { headers: { accept: '*/*' } })).status, 401)
  })

  t.test(`${proxy.name} asks without the body, and the service gets it once`, { skip }, async (t) => {
    const { gate, upstream, authorization } = await startAskStack(t, { routes })
    const port = await proxy.start(t, { gate: gate.port, service: Number(new URL(upstream.url).port) })
    const smuggled = 'GET /admin/smuggled HTTP/1.1\r\nHost: a\r\n\r\n'
    const size = smuggled.length
    for (const [framing, body] of [
      [`Content-Length: ${size}`, smuggled],
      ['Transfer-Encoding: chunked', `${size.toString(16)}\r\n${smuggled}\r\n0\r\n\r\n`],
    ] as const) {
      const before = upstream.requests.length
      const lines = ['POST /a HTTP/1.1', 'Host: app.example', `Authorization: ${authorization}`, framing]
      const { responses } = await sendRaw({ port, bytes: `${lines.join('\r\n')}\r\n\r\n${body}` })
      t.equal(responses[0]?.status, 200, framing)
      const seen = upstream.requests.slice(before)
      t.same(
        seen.map(({ method, url }) => `${method} ${url}`),
        ['POST /a'],
        framing,
      )
      t.equal(seen[0]?.body.toString(), smuggled, framing)
    }
    t.notOk(
      gate.lines.find(({ path }) => path === '/admin/smuggled'),
      'nobody takes the body for a request',
    )
  })

  t.test(`${proxy.name} opens no WebSocket for a page of another site with the session`, { skip }, async (t) => {
    const { port, world } = await startBehind(t, proxy.start)
    const browser = world.openBrowser({ port })
    await browser.open('/')
    const cookie = browser.cookieHeader('https://app.example.com')
    const seen = world.upstream.requests.length
    for (const origin of ['https://evil.example', 'https://sibling.example.com']) {
      const { responses } = await sendRaw({ port, bytes: handshake('app.example.com', origin, cookie) })
      t.equal(responses[0]?.status, 403, origin)
    }
    t.equal(world.upstream.requests.length, seen, 'the service hears nothing of it')
    await sendRaw({ port, bytes: handshake('app.example.com', 'https://app.example.com', cookie) })
    t.equal(world.upstream.requests.length, seen + 1, 'a page of its own passes')
  })
}

/** As a browser sends it to open a WebSocket. */
function handshake(host: string, origin: string, cookie: string): string {
  const lines = [
    'GET /live HTTP/1.1',
    `Host: ${host}`,
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    `Origin: ${origin}`,
    `Cookie: ${cookie}`,
  ]
  return `${lines.join('\r\n')}\r\n\r\n`
}

async function startBehind(
  t: Parameters<typeof startLoginWorld>[0],
  start: (typeof askingProxies)[number]['start'],
): Promise<{ readonly port: number; readonly world: LoginWorld }> {
  const env = { COGATE_FORWARD_AUTH_ENABLED: 'true', COGATE_FORWARDED_TRUST: '127.0.0.1' }
  const world = await startLoginWorld(t, { env })
  const service = Number(new URL(world.upstream.url).port)
  return { port: await start(t, { gate: world.gate.port, service }), world }
}
