import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { compileRuntime } from '../../src/decide/runtime.ts'
import { explain, type Question } from '../../src/explain/explain.ts'
import { FINDINGS, type Finding } from '../../src/explain/findings.ts'
import { renderExplanation } from '../../src/explain/render.ts'
import { createKeys } from '../../src/issuer/keys.ts'
import { mintAccessToken, mintIdToken, mintM2mToken, tamper } from '../../src/issuer/tokens.ts'
import { buildToken, caseClientId, casePoolId, makeCaseKeys } from '../helpers/build-jwt.ts'
import { publishPool } from '../helpers/case-gate.ts'
import { readJwtCases } from '../helpers/cases.ts'
import { revocationDefaults } from '../helpers/login-defaults.ts'
import { rule } from '../helpers/rules.ts'
import { createConfig, createReadyRuntime, createTestRuntime, testIssuer, testPool } from '../helpers/runtime.ts'

const keys = createKeys()
const routes = [rule('/*', {}), rule('/admin/*', { groups: ['admin'] }), rule('/api/*', { scopes: ['api/write'] })]
const world = await createReadyRuntime({ keys, routes })
const { runtime, clock, mint } = world
const config = createConfig({ routes })

function ask(token: string | undefined, more: Partial<Question> = {}) {
  const question = {
    method: 'GET',
    path: '/',
    host: 'app.example.com',
    token,
    now: clock.now(),
    lang: 'en',
    ...more,
  } as const
  return explain({ config, runtime }, question)
}

const good = mintAccessToken(mint, { username: 'bob', groups: [] })
const [header = '', payload = '', signature = ''] = good.split('.')

/** A token with another header or other claims; its signature does not match. */
function edit(changes: object, headerChanges: object = {}): string {
  const read = (part: string) => JSON.parse(Buffer.from(part, 'base64url').toString())
  const write = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  return [write({ ...read(header), ...headerChanges }), write({ ...read(payload), ...changes }), signature].join('.')
}

const hourMs = 3_600_000
const pool = (id: string) => `https://cognito-idp.${id.split('_')[0]}.amazonaws.com/${id}`

/** What triggers each finding. */
const triggers: Readonly<Record<Finding, () => ReturnType<typeof ask>>> = {
  not_a_jwt: () => ask(`"${good}"`),
  refresh_token_sent: () => ask('a.b.c.d.e'),
  id_token_sent: () => ask(mintIdToken(mint)),
  token_use_missing: () => ask(edit({ iss: 'https://login.example.com/' })),
  issuer_form: () => ask(edit({ iss: `${testIssuer}/` })),
  issuer_pool: () => ask(edit({ iss: pool('eu-west-1_OTHERPOOL') })),
  issuer_region: () => ask(edit({ iss: pool('us-east-1_TESTPOOL1') })),
  issuer_is_domain: () => ask(edit({ iss: 'https://shop.auth.eu-west-1.amazoncognito.com' })),
  alb_token: () =>
    ask(edit({}, { alg: 'ES256', signer: 'arn:aws:elasticloadbalancing:eu-west-1:1:loadbalancer/app/x' })),
  client_not_listed: () => ask(mintAccessToken({ ...mint, clientId: 'other' })),
  aud_mismatch: () => ask(mintAccessToken(mint, { claims: { aud: 'https://other.example.com' } })),
  expired: () => ask(mintAccessToken({ ...mint, now: () => clock.now() - 2 * hourMs })),
  clock_skew: () => ask(mintAccessToken({ ...mint, now: () => clock.now() + hourMs })),
  kid_unknown: () => ask(edit({}, { kid: 'made-up' })),
  kid_is_other_key: async () => askTwoPools(),
  jwks_unreachable: async () => askWithoutKeys(),
  algorithm: () => ask(edit({}, { alg: 'HS256' })),
  bad_signature: () => ask(tamper(good)),
  scope_missing: () => ask(mintAccessToken(mint, { scope: 'api/read' }), { path: '/api/x' }),
  scope_never: () => ask(mintAccessToken(mint, { scope: 'aws.cognito.signin.user.admin' }), { path: '/api/x' }),
  group_missing: () => ask(mintAccessToken(mint, { groups: ['staff'] }), { path: '/admin/x' }),
  group_added_later: () => ask(good, { path: '/admin/x' }),
  revoked_here: async () => askRevoked(),
  machine_token: () => ask(mintM2mToken(mint), { path: '/admin/x' }),
  header_too_large: () => ask(`${good}${'x'.repeat(9000)}`),
  header_missing: () => ask(undefined),
  query_token: () => ask(undefined, { path: '/?access_token=x' }),
}

/** The key of the token belongs to the other of two pools. */
async function askTwoPools() {
  const others = createKeys()
  const other = 'eu-west-1_OTHERPOOL'
  const two = createConfig({ userPools: [testPool, { ...testPool, id: other }] })
  const parts = { now: clock.now, random: () => 1, onKeyEvent: () => undefined }
  const fetchKeys = async (uri: string) => Buffer.from(JSON.stringify((uri.includes(other) ? others : keys).jwks()))
  const both = compileRuntime(two, { ...parts, fetchKeys })
  await both.jwks.refreshDue()
  const mixed = mintAccessToken({ ...mint, keys: others })
  const question = { method: 'GET', path: '/', host: 'h', token: mixed, now: clock.now(), lang: 'en' } as const
  return explain({ config: two, runtime: both }, question)
}

async function askRevoked() {
  const folder = mkdtempSync(join(tmpdir(), 'cogate-revoked-'))
  const file = join(folder, 'revoked.jsonl')
  writeFileSync(file, '{"username":"bob"}\n')
  const revoking = createTestRuntime({ keys, routes, revocation: { ...revocationDefaults, file } })
  rmSync(folder, { recursive: true })
  await revoking.runtime.jwks.refreshDue()
  const question = { method: 'GET', path: '/', host: 'h', token: good, now: clock.now(), lang: 'en' } as const
  return explain({ config, runtime: revoking.runtime }, question)
}

async function askWithoutKeys() {
  const empty = createTestRuntime({ keys, routes })
  empty.endpoint.isUp = false
  const question = { method: 'GET', path: '/', host: 'h', token: good, now: empty.clock.now(), lang: 'en' } as const
  return explain({ config, runtime: empty.runtime }, question)
}

t.test('each finding has a token or a setting that triggers it, and says what to do', async (t) => {
  for (const finding of FINDINGS) {
    const told = await triggers[finding]()
    t.equal(told.finding, finding)
    t.match(told.what, /\.$/, told.what)
    t.match(told.fix, /[.?]$/, told.fix)
    t.notMatch(JSON.stringify(told), signature, 'the token is not shown')
  }
})

t.test('a group that differs in capitals alone is told as that', async (t) => {
  const ofUsers = mintAccessToken(mint, { groups: ['Admin', 'staff'] })
  const told = await ask(ofUsers, { path: '/admin/x' })
  t.equal(told.finding, 'group_missing')
  t.match(told.fix, /^Write the group in the rule as Cognito has it: Admin and admin are two groups\./)
  t.match((await ask(ofUsers, { path: '/admin/x', lang: 'ja' })).fix, /^ルールのグループ名を .*: Admin と admin は/)
})

t.test('every finding has its words in Japanese, and the same facts in them', async (t) => {
  for (const finding of FINDINGS) {
    const told = await triggers[finding]()
    t.match(`${told.what}${told.fix}`, /^[\x20-\x7e–…]+$/, `${finding} is in English`)
  }
  const told = await ask(mintIdToken(mint), { lang: 'ja' })
  t.match(told.what, /ID トークン/)
  t.match(renderExplanation(told, 'ja'), /^拒否 {2}401 {2}token_use_not_allowed {2}\(id_token_sent\)/)
})

t.test('a request that passes is explained too: the rule, and why it won', async (t) => {
  const told = await ask(mintAccessToken(mint, { groups: ['admin'] }), { path: '/admin/x' })
  t.match(told, { verdict: 'allow', status: 200, reason: 'allowed' })
  const rules = told.steps.find(({ step }) => step === 'rule')
  t.match(
    rules?.detail,
    /^\/admin\/\* \(auth: required; one of the groups admin\); also for this path: \/\* \(less specific\)$/,
  )
  t.equal(renderExplanation(told, 'en').split('\n')[0], 'passes')
})

t.test('without a token it says how the path is treated', async (t) => {
  const told = await ask(undefined, { path: '/admin/x' })
  t.match(told, { verdict: 'challenge', status: 401, reason: 'token_missing', finding: 'header_missing' })
  t.same(
    told.steps.map(({ step, outcome }) => [step, outcome]),
    [
      ['head', 'ok'],
      ['path', 'ok'],
      ['rule', 'ok'],
      ['credential', 'ok'],
      ['token', 'skipped'],
      ['policy', 'skipped'],
    ],
  )
})

t.test('a path that can be read in two ways is explained with what to do', async (t) => {
  const told = await ask(good, { path: '/x/..%2fadmin/y' })
  t.match(told, { verdict: 'deny', status: 400, reason: 'path_ambiguous' })
  t.match(told.fix, /./)
})

t.test('the rule is told with everything that it demands', async (t) => {
  const demanding = [
    rule('/t/:tenant/*', { claims: { tenant: [':tenant', 'all'] }, subject: 'user', tokenUse: ['access', 'id'] }),
    rule('/p', { userPools: [testPool.id], acr: ['high'], maxAuthAgeMs: 300_000 }),
    rule('/id', { tokenUse: ['id'] }),
  ]
  const asked = await createReadyRuntime({ keys, routes: demanding })
  const tell = (path: string) => {
    const question = { method: 'GET', path, host: 'h', token: good, now: asked.clock.now(), lang: 'en' } as const
    return explain({ config: createConfig({ routes: demanding }), runtime: asked.runtime }, question)
  }
  const told = await tell('/t/acme/x')
  t.match(told, { verdict: 'deny', status: 403, reason: 'insufficient_claims', what: /claim/ })
  const detailOf = ({ steps }: typeof told) => steps.find(({ step }) => step === 'rule')?.detail
  t.match(detailOf(told), /token use access or id; a user; claim "?tenant"?: "?all"? or part 2 of the path/)
  t.match(detailOf(await tell('/p')), /user pools .*TESTPOOL1.*levels .*high.*within 300 s/)
  t.match(await tell('/t/acme/../other/x'), { reason: 'path_ambiguous', fix: 'ask the caller for a plainer path' })
  t.match(await tell('/id'), { reason: 'token_use_not_allowed', finding: undefined })
})

t.test('the reason is that of the gate for every token that one request judges', async (t) => {
  const caseKeys = makeCaseKeys()
  const userPools = [{ ...testPool, id: casePoolId, clientIds: [caseClientId] }]
  const caseConfig = createConfig({ userPools })
  const now = Date.now()
  const fetchKeys = async () => Buffer.from(JSON.stringify({ keys: publishPool(caseKeys) }))
  const parts = { fetchKeys, now: () => now, random: () => 1, onKeyEvent: () => undefined }
  const caseRuntime = compileRuntime(caseConfig, parts)
  await caseRuntime.jwks.refreshDue()
  for (const row of readJwtCases('single')) {
    const token = buildToken(row.build, { keys: caseKeys, now: Math.floor(now / 1000), canaryPort: 1 })
    // A header line cannot hold these: the gate's parser refuses the request before the walk.
    if (/[\r\n\0]/.test(token)) continue
    const question = { method: 'GET', path: '/', host: 'h', token, now, lang: 'en' } as const
    const told = await explain({ config: caseConfig, runtime: caseRuntime }, question)
    t.equal(told.reason, row.reason ?? 'allowed', `${row.id} ${row.name}`)
  }
})
