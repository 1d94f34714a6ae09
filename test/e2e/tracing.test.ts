/** Tracing against a real receiver of OTLP/HTTP: which requests have spans, what is in them, and what the service is told. */
import { createServer } from 'node:http'
import t, { type Test } from 'tap'
import { startTestGate } from '../helpers/gateway.ts'
import { startTestIssuer } from '../helpers/issuer.ts'
import { listenOnLoopback } from '../helpers/listen.ts'
import { startUpstream } from '../helpers/upstream.ts'

const issuer = await startTestIssuer(t)
const token = issuer.mintAccessToken({ claims: { sub: 'a-subject' } })
const traceId = '0af7651916cd43dd8448eb211c80319c'
const parentId = 'b7ad6b7169203331'

interface Span {
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
  readonly name: string
  readonly kind: number
  readonly startTimeUnixNano: string
  readonly endTimeUnixNano: string
  readonly status: { readonly code?: number }
  readonly attributes: Readonly<Record<string, string | number>>
}

interface Value {
  readonly stringValue?: string
  readonly intValue?: number
}

function attributesOf(list: readonly { key: string; value: Value }[]): Readonly<Record<string, string | number>> {
  return Object.fromEntries(list.map(({ key, value }) => [key, value.stringValue ?? Number(value.intValue)]))
}

async function startReceiver(t: Test, status = 200) {
  const bodies: { path: string | undefined; type: string | undefined; text: string }[] = []
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    bodies.push({ path: request.url, type: request.headers['content-type'], text: Buffer.concat(chunks).toString() })
    response.writeHead(status, { 'content-type': 'application/json' }).end('{}')
  })
  const { port } = await listenOnLoopback(t, server)
  const spans = (): readonly Span[] =>
    bodies.flatMap(({ text }) =>
      JSON.parse(text).resourceSpans.flatMap(({ scopeSpans }: { scopeSpans: { spans: never[] }[] }) =>
        scopeSpans.flatMap(({ spans }) =>
          spans.map((span: { attributes: [] }) => ({ ...span, attributes: attributesOf(span.attributes) })),
        ),
      ),
    )
  return { url: `http://127.0.0.1:${port}`, bodies, spans }
}

async function startTraced(
  t: Test,
  options: { env?: Readonly<Record<string, string>>; upstream?: string; status?: number } = {},
) {
  const receiver = await startReceiver(t, options.status)
  const service = await startUpstream(t)
  const routes = [{ path: '/users/:id' }, { path: '/open', auth: 'none' }]
  const env = { COGATE_TRACING_ENDPOINT: receiver.url, COGATE_TRACING_SAMPLE_RATIO: '1', ...options.env }
  const gate = await startTestGate(t, { issuer, upstream: options.upstream ?? service.url, routes, env })
  const send = async (path: string, headers: Record<string, string> = { authorization: `Bearer ${token}` }) => {
    const response = await fetch(gate.url + path, { headers })
    await response.text()
    return { status: response.status, seen: service.requests.at(-1)?.headers }
  }
  /** Everything is sent when the gate closes. */
  const finish = async () => {
    await gate.close()
    const all = receiver.spans()
    const kinds = (kind: number) => all.filter((span) => span.kind === kind)
    return { all, servers: kinds(2), clients: kinds(3), bodies: receiver.bodies }
  }
  return { gate, service, send, finish }
}

/** Whatever the shape that the helper gives headers in. */
function headerOf(headers: unknown, name: string): string | undefined {
  const one = (headers as Record<string, string | readonly string[] | undefined> | undefined)?.[name]
  return typeof one === 'string' ? one : one?.[0]
}

t.test(
  'a sampled request has a server span and a client span, and the service gets the client span as its parent',
  async (t) => {
    const { gate, send, finish } = await startTraced(t)
    const { status, seen } = await send('/users/7?secret=1')
    t.equal(status, 200)
    const {
      all,
      servers: [server],
      clients: [client],
      bodies,
    } = await finish()
    t.equal(all.length, 2)
    t.equal(headerOf(seen, 'traceparent'), `00-${client?.traceId}-${client?.spanId}-01`)
    t.equal(client?.parentSpanId, server?.spanId)
    t.notOk(server?.parentSpanId)
    t.match(server, { name: 'GET /users/:id', status: {}, traceId: client?.traceId })
    t.match(client, { name: 'GET' })
    const port = Number(new URL(gate.url).port)
    t.match(server?.attributes, {
      ...{ 'http.request.method': 'GET', 'url.path': '/users/7', 'url.scheme': 'http', 'http.route': '/users/:id' },
      ...{ 'http.response.status_code': 200, 'server.address': '127.0.0.1', 'server.port': port },
      ...{ 'client.address': '127.0.0.1', 'network.peer.address': '127.0.0.1', 'network.protocol.version': '1.1' },
      ...{ 'cogate.outcome': 'allow', 'cogate.reason': 'allowed', 'cogate.route': '/users/:id' },
      ...{ 'cogate.client_id': issuer.clientId, 'cogate.request_id': String, 'user_agent.original': String },
    })
    t.notOk('error.type' in (server?.attributes ?? {}))
    t.match(client?.attributes, {
      ...{ 'http.request.method': 'GET', 'url.full': /^http:\/\/127\.0\.0\.1:\d+\/users\/7$/ },
      ...{ 'http.response.status_code': 200, 'server.address': '127.0.0.1', 'server.port': Number },
    })
    const inside = BigInt(client?.startTimeUnixNano ?? 0) <= BigInt(client?.endTimeUnixNano ?? 0)
    t.ok(inside && BigInt(server?.startTimeUnixNano ?? 0) < BigInt(server?.endTimeUnixNano ?? 0))
    t.match(bodies[0], { path: '/v1/traces', type: 'application/json', text: /"service\.name".*"cogate"/ })
    for (const secret of ['secret', 'a-subject', ...token.split('.')]) t.notMatch(JSON.stringify(bodies), secret)
    t.equal(gate.lines.find(({ msg }) => msg === 'access')?.['traceId'], server?.traceId)
  },
)

t.test('a sampled traceparent is continued, and its state goes on', async (t) => {
  const { send, finish } = await startTraced(t, { env: { COGATE_TRACING_SAMPLE_RATIO: '0' } })
  const { seen } = await send('/open', { traceparent: `00-${traceId}-${parentId}-01`, tracestate: 'a=1' })
  const { servers, clients } = await finish()
  t.match(servers, [{ traceId, parentSpanId: parentId }])
  t.equal(headerOf(seen, 'traceparent'), `00-${traceId}-${clients[0]?.spanId}-01`)
  t.equal(headerOf(seen, 'tracestate'), 'a=1')
})

t.test('what is not sampled has no span, and passes as it came', async (t) => {
  const { send, finish } = await startTraced(t)
  const headers = { traceparent: `00-${traceId}-${parentId}-00`, tracestate: 'a=1' }
  t.match((await send('/open', headers)).seen, headers)
  t.same((await finish()).all, [])
  const none = await startTraced(t, { env: { COGATE_TRACING_SAMPLE_RATIO: '0' } })
  t.equal(headerOf((await none.send('/open', {})).seen, 'traceparent'), undefined)
  t.same((await none.finish()).all, [])
})

t.test('a traceparent that is none begins a new trace, and its state is dropped', async (t) => {
  const { send, finish } = await startTraced(t)
  const { seen } = await send('/open', { traceparent: `00-${'0'.repeat(32)}-${parentId}-01`, tracestate: 'a=1' })
  const { servers, clients } = await finish()
  t.equal(headerOf(seen, 'traceparent'), `00-${servers[0]?.traceId}-${clients[0]?.spanId}-01`)
  t.equal(headerOf(seen, 'tracestate'), undefined)
})

t.test('a refusal is a server span with its reason, and no fault', async (t) => {
  const { send, finish } = await startTraced(t)
  t.equal((await send('/users/7', {})).status, 401)
  t.equal((await send('/elsewhere', {})).status, 401)
  const { all } = await finish()
  t.match(all, [
    {
      name: 'GET /users/:id',
      kind: 2,
      attributes: { 'cogate.reason': 'token_missing', 'cogate.outcome': 'challenge' },
    },
    { name: 'GET', kind: 2, attributes: { 'cogate.route': 'default', 'http.response.status_code': 401 } },
  ])
  for (const { status, attributes } of all) {
    t.not(status.code, 2)
    t.notOk('http.route' in attributes && attributes['http.route'] === 'default')
  }
})

t.test('a service that is not there is a fault of both spans', async (t) => {
  const { send, finish } = await startTraced(t, { upstream: 'http://127.0.0.1:1' })
  t.equal((await send('/open', {})).status, 502)
  const { servers, clients } = await finish()
  const fault = { status: { code: 2 }, attributes: { 'error.type': 'upstream_unreachable' } }
  t.match(servers, [fault])
  t.match(clients, [fault])
  t.notOk('http.response.status_code' in (clients[0]?.attributes ?? {}))
})

t.test('an endpoint with a path is used as it is; a share of the requests is sampled', async (t) => {
  const receiver = await startReceiver(t)
  const env = { COGATE_TRACING_ENDPOINT: `${receiver.url}/own/path`, COGATE_TRACING_SAMPLE_RATIO: '0.5' }
  const { send, finish } = await startTraced(t, { env })
  for (let count = 0; count < 60; count++) await send('/open', {})
  await finish()
  t.same([...new Set(receiver.bodies.map(({ path }) => path))], ['/own/path'])
  const servers = receiver.spans().filter(({ kind }) => kind === 2).length
  t.ok(servers > 8 && servers < 52, `${servers} of 60`)
})

t.test('a collector that takes nothing stops no request, and the log says so once', async (t) => {
  const { gate, send, finish } = await startTraced(t, { status: 400 })
  for (const path of ['/open', '/users/7']) t.equal((await send(path)).status, 200)
  await finish()
  t.equal(gate.lines.filter(({ msg }) => msg === 'spans are lost').length, 1)
})

t.test('without tracing.endpoint the headers pass as they came', async (t) => {
  const service = await startUpstream(t)
  const gate = await startTestGate(t, { issuer, upstream: service.url, routes: [{ path: '/open', auth: 'none' }] })
  const headers = { traceparent: `00-${traceId}-${parentId}-01`, tracestate: 'a=1' }
  await (await fetch(`${gate.url}/open`, { headers })).text()
  t.match(service.requests.at(-1)?.headers, headers)
})
