/**
 * One table, three mouths: the rows of test/cases that a verdict can be asked about, and rules with every demand, given to the
 * proxy, to forward-auth and to the plugin. Status and reason must be the same; what cannot be the same is listed with its reason.
 */
import { fastify } from 'fastify'
import t, { type Test } from 'tap'
import { createPlugin } from '../../src/library/plugin.ts'
import { type BuildContext, buildToken, makeCaseKeys } from '../helpers/build-jwt.ts'
import { caseEnvironment, caseIssuerOptions, publishPool } from '../helpers/case-gate.ts'
import { readJwtCases, readRawHttpCases } from '../helpers/cases.ts'
import { startTestGate } from '../helpers/gateway.ts'
import { type Issuer, startScriptedJwks, startTestIssuer } from '../helpers/issuer.ts'
import { sendRaw } from '../helpers/raw-socket.ts'
import { startUpstream } from '../helpers/upstream.ts'

const routesFor = ({ clientId, poolId }: Issuer) => [
  { path: '/public/*', auth: 'none' },
  { path: '/maybe/*', auth: 'optional' },
  { path: '/admin/*', groups: ['admin'] },
  { path: '/scope/*', scopes: ['api/write'] },
  { path: '/post/*', methods: ['POST'] },
  { path: '/inner/*', host: 'inner.example' },
  { path: '/client/*', clientIds: [clientId] },
  { path: '/pool/*', userPools: [poolId] },
  { path: '/acr/*', acr: ['high'] },
  { path: '/fresh/*', maxAuthAge: '5m' },
  { path: '/t/:tenant/*', claims: { 'custom:tenant': ':tenant' } },
  { path: '/gold/*', claims: { plan: ['gold', 'silver'], isStaff: true } },
  { path: '/people/*', subject: 'user' },
  { path: '/jobs/*', subject: 'machine' },
  { path: '/id/*', tokenUse: ['id'] },
  { path: '/watched/*', groups: ['admin'], mode: 'report' },
]

/** `allowed`, or status and reason. */
type Verdict = string

/** Each takes a whole request, one character a byte. */
interface Mouths {
  readonly proxy: (raw: string) => Promise<Verdict>
  readonly forwardAuth: (raw: string) => Promise<Verdict>
  readonly plugin: (raw: string) => Promise<Verdict>
}

interface Keys {
  readonly issuer: Issuer
  /** Where the keys are; default: at the issuer. */
  readonly jwksUri?: string
}

async function openMouths(t: Test, { issuer, jwksUri }: Keys): Promise<Mouths> {
  const upstream = await startUpstream(t)
  const routes = routesFor(issuer)
  const env = {
    COGATE_FORWARD_AUTH_ENABLED: 'true',
    COGATE_FORWARDED_TRUST: '127.0.0.1',
    COGATE_LOG_ACCESS: 'false',
    ...(jwksUri && caseEnvironment(jwksUri)),
  }
  const gate = await startTestGate(t, { issuer, upstream: upstream.url, routes, env })
  const pool = {
    id: issuer.poolId,
    clientIds: [issuer.clientId],
    ...(jwksUri ? { jwksUri } : { issuer: issuer.issuer }),
  }
  const app = fastify({ forceCloseConnections: true })
  t.teardown(() => app.close())
  await app.register(createPlugin(), {
    userPools: [pool],
    routes: routes as never,
    forwarded: { trust: ['127.0.0.1'] },
  })
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', (_request, _body, done) => done(null))
  app.all('/*', async () => 'ok')
  await app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = app.server.address() as { port: number }
  return {
    proxy: (raw) => judge(gate.port, raw),
    forwardAuth: (raw) => judge(gate.port, asQuestion(raw)),
    plugin: (raw) => judge(port, raw),
  }
}

async function judge(port: number, raw: string): Promise<Verdict> {
  const { responses } = await sendRaw({ port, bytes: Buffer.from(raw, 'latin1') })
  const [response] = responses
  if (response === undefined) return 'no answer'
  const code = /"code":"(\w+)"/.exec(response.body.toString())?.[1]
  if (code !== undefined) return `${response.status} ${code}`
  return response.status < 300 ? 'allowed' : `${response.status} without a reason`
}

/** What belongs to the question itself, or frames the body, which nobody asks about. */
const notAsked = /^(?:host|content-length|transfer-encoding|connection|expect|x-forwarded-(?:host|uri|method)) *:/i

/** As Traefik, Caddy and HAProxy ask. */
function asQuestion(raw: string): string {
  const [line = '', ...lines] = raw.slice(0, raw.indexOf('\r\n\r\n')).split('\r\n')
  const [, method, target] = /^(\S*) (.*?)(?: HTTP\/1\.[01])?$/.exec(line) ?? []
  const hosts = lines.filter((one) => /^host:/i.test(one)).map((one) => one.replace(/^host:/i, 'X-Forwarded-Host:'))
  const place = [`X-Forwarded-Method: ${method}`, `X-Forwarded-Uri: ${target}`, ...hosts]
  const own = ['GET /_cogate/auth HTTP/1.1', 'Host: gate.internal', 'Connection: close']
  return [...own, ...place, ...lines.filter((one) => !notAsked.test(one)), '', ''].join('\r\n')
}

/** What two of them cannot say as the proxy says it. */
interface Difference {
  readonly forwardAuth?: Verdict
  readonly plugin?: Verdict
}

async function compare(t: Test, mouths: Mouths, raw: string, { name, differs = {} }: Compared): Promise<Verdict> {
  const proxy = await mouths.proxy(raw)
  const others = { forwardAuth: await mouths.forwardAuth(raw), plugin: await mouths.plugin(raw) }
  t.same(others, { forwardAuth: proxy, plugin: proxy, ...differs }, name)
  return proxy
}

interface Compared {
  readonly name: string
  readonly differs?: Difference | undefined
}

/** Node takes the bytes for no request, so an application answers by itself, and no plugin is asked. */
const noRequest: Difference = { plugin: '400 without a reason' }
/** The target comes in a header, where nothing is malformed for Node. */
const inHeader: Difference = { ...noRequest, forwardAuth: '400 path_ambiguous' }

const differences: Readonly<Record<string, Difference>> = {
  'JWT-149': noRequest,
  'RAW-026': noRequest,
  'RAW-083': noRequest,
  'RAW-085': noRequest,
  'RAW-099': inHeader,
  'RAW-101': inHeader,
  // Fastify refuses a target that it cannot decode before any hook.
  'RAW-103': { plugin: '400 FST_ERR_BAD_URL' },
  'RAW-117': noRequest,
  // The row names a second target, in a header in which nginx asks: nobody can say which one is meant.
  'RAW-121': { forwardAuth: '400 request_malformed' },
  // The question has a Host of its own, and a version of its own.
  'RAW-195': { ...noRequest, forwardAuth: 'allowed' },
  'RAW-200': { forwardAuth: '401 token_missing' },
  'RAW-202': noRequest,
  'RAW-206': noRequest,
  'RAW-208': noRequest,
  // Node ends the connection of a CONNECT that the application has no listener for.
  'RAW-209': { forwardAuth: '400 path_ambiguous', plugin: 'no answer' },
  'RAW-211': noRequest,
  // The coding of the body, and its version, are those of the question.
  'RAW-317': { forwardAuth: 'allowed' },
  // The answer to HEAD has no body to read the reason in, and the question is a GET.
  'RAW-319': { forwardAuth: '401 token_missing' },
  'RAW-329': noRequest,
}

t.test('every token of the table gets one verdict', async (t) => {
  const keys = makeCaseKeys()
  const jwks = await startScriptedJwks(t, { keys: publishPool(keys) })
  const mouths = await openMouths(t, { issuer: await startTestIssuer(t, caseIssuerOptions), jwksUri: jwks.uri })
  const context: BuildContext = { keys, now: Math.floor(Date.now() / 1000), canaryPort: 1 }
  const verdicts = new Set<Verdict>()
  for (const { id, name, build } of readJwtCases('single')) {
    const authorization = Buffer.from(`Authorization: Bearer ${buildToken(build, context)}`).toString('latin1')
    const raw = `GET /x HTTP/1.1\r\nHost: app.example\r\nConnection: close\r\n${authorization}\r\n\r\n`
    verdicts.add(await compare(t, mouths, raw, { name: `${id} ${name}`, differs: differences[id] }))
  }
  t.ok(verdicts.size > 10, `${verdicts.size} verdicts`)
})

/** Rows about bytes and bodies: nobody asks for a verdict on them. */
const bytesOnly: ReadonlySet<string> = new Set(['framing', 'framing-chunk', 'limits', 'expect', 'body', 'content-type'])

t.test('every request of the table that is about its verdict gets one', async (t) => {
  const issuer = await startTestIssuer(t)
  const mouths = await openMouths(t, { issuer })
  const token = issuer.mintAccessToken({ groups: ['users'] })
  const verdicts = new Set<Verdict>()
  for (const { id, name, raw, group } of readRawHttpCases().filter((row) => !bytesOnly.has(row.group))) {
    const filled = raw.replaceAll('{{HOST}}', 'app.example').replaceAll('{{TOKEN}}', token)
    verdicts.add(await compare(t, mouths, filled, { name: `${id} ${group}: ${name}`, differs: differences[id] }))
  }
  t.ok(verdicts.size > 7, `${verdicts.size} verdicts`)
})

/** Of a user, unless it says another: what each request to the rules gets. */
const table: readonly (readonly [request: string, token: Token, verdict: Verdict])[] = [
  ['GET /x', 'none', '401 token_missing'],
  ['GET /x', 'broken', '401 token_malformed'],
  ['GET /public/x', 'none', 'allowed'],
  ['GET /public/../admin/x', 'none', '400 path_ambiguous'],
  ['GET /maybe/x', 'none', 'allowed'],
  ['GET /maybe/x', 'id', '401 token_use_not_allowed'],
  ['GET /admin/x', 'user', '403 insufficient_group'],
  ['GET /%61DMIN/x', 'user', '403 insufficient_group'],
  ['GET /admin/x', 'admin', 'allowed'],
  ['GET /scope/x', 'user', '403 insufficient_scope'],
  ['GET /post/x', 'user', '404 route_not_found'],
  ['POST /post/x', 'user', 'allowed'],
  ['GET /inner/x', 'user', '404 route_not_found'],
  ['GET /client/x', 'user', 'allowed'],
  ['GET /pool/x', 'user', 'allowed'],
  ['GET /acr/x', 'user', '401 reauthentication_required'],
  ['GET /fresh/x', 'user', 'allowed'],
  ['GET /t/acme/x', 'user', 'allowed'],
  ['GET /t/acme', 'user', 'allowed'],
  ['GET /T/acme/x?y=%2F', 'user', 'allowed'],
  ['GET /t/Acme/x', 'user', '403 insufficient_claims'],
  ['GET /t/other/x', 'user', '403 insufficient_claims'],
  ['GET /t/acme/../other/x', 'user', '400 path_ambiguous'],
  ['GET /t/acme;x/y', 'user', '400 path_ambiguous'],
  ['GET /t/acme%2Fother/x', 'user', '400 path_ambiguous'],
  ['GET /t/%61cme/x', 'user', 'allowed'],
  ['GET /gold/x', 'user', '403 insufficient_claims'],
  ['GET /gold/x', 'admin', 'allowed'],
  ['GET /people/x', 'user', 'allowed'],
  ['GET /people/x', 'machine', '403 machine_not_allowed'],
  ['GET /jobs/x', 'machine', 'allowed'],
  ['GET /jobs/x', 'user', '403 machine_required'],
  ['GET /id/x', 'id', 'allowed'],
  ['GET /id/x', 'user', '401 token_use_not_allowed'],
  ['GET /x', 'id', '401 token_use_not_allowed'],
  ['GET /watched/x', 'user', 'allowed'],
]
type Token = 'none' | 'broken' | 'user' | 'admin' | 'machine' | 'id'

t.test('every demand of a rule gets one verdict', async (t) => {
  const issuer = await startTestIssuer(t)
  const mouths = await openMouths(t, { issuer })
  const claims = { 'custom:tenant': 'acme' }
  const tokens: Readonly<Record<Token, string | undefined>> = {
    none: undefined,
    broken: 'a.b.c',
    user: issuer.mintAccessToken({ groups: ['users'], claims }),
    admin: issuer.mintAccessToken({ groups: ['admin'], claims: { plan: ['iron', 'gold'], isStaff: true } }),
    machine: issuer.mintM2mToken(),
    id: issuer.mintIdToken(),
  }
  for (const [request, kind, verdict] of table) {
    const token = tokens[kind]
    const authorization = token === undefined ? '' : `Authorization: Bearer ${token}\r\n`
    const raw = `${request} HTTP/1.1\r\nHost: app.example\r\nConnection: close\r\n${authorization}\r\n`
    t.equal(await compare(t, mouths, raw, { name: `${request} ${kind}` }), verdict, `${request} ${kind}: the proxy`)
  }
})
