/** What the metrics tell of tokens and sign-ins: by configured app client, counted when a token is first verified. */
import t, { type Test } from 'tap'
import { spawnGate, startTestGate } from '../helpers/gateway.ts'
import { type Issuer, startTestIssuer } from '../helpers/issuer.ts'
import { readMetrics } from '../helpers/metrics.ts'
import { startUpstream } from '../helpers/upstream.ts'

const poolId = 'eu-west-1_DemoPool1'
let issuer: Issuer
t.before(async () => {
  issuer = await startTestIssuer(t)
})

async function startWorld(t: Test, env: Readonly<Record<string, string | undefined>> = {}) {
  const upstream = await startUpstream(t)
  const routes = [{ path: '/admin', groups: ['admin'] }]
  const gate = await startTestGate(t, { issuer, upstream: upstream.url, routes, env })
  const send = async (token?: string, path = '/') => {
    const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` }
    const response = await fetch(gate.url + path, { headers })
    await response.text()
    return response.status
  }
  return { gate, send, samples: async (name: string) => samplesOf(await readMetrics(gate.opsUrl), name) }
}

/** Each sample as its labels and its value, without the name. */
function samplesOf(page: string, name: string): readonly string[] {
  const lines = page
    .split('\n')
    .filter((line) => line.startsWith(`cogate_${name}{`) || line.startsWith(`cogate_${name} `))
  return lines.map((line) => line.slice(`cogate_${name}`.length)).toSorted()
}

const nowSeconds = () => Math.floor(Date.now() / 1000)

t.test('tokens are counted by pool, app client and kind, once each however often they come', async (t) => {
  const { send, samples } = await startWorld(t, { COGATE_USER_POOL_TOKEN_USE: 'access,id' })
  const tokens = [issuer.mintAccessToken(), issuer.mintM2mToken(), issuer.mintIdToken()]
  for (const token of [...tokens, ...tokens]) t.equal(await send(token), 200)
  const labels = `pool="${poolId}",client="${issuer.clientId}"`
  t.same(await samples('tokens_total'), [
    `{${labels},kind="access"} 1`,
    `{${labels},kind="id"} 1`,
    `{${labels},kind="machine"} 1`,
  ])
  t.same(await samples('token_remaining_seconds_count'), ['{kind="access"} 1', '{kind="id"} 1', '{kind="machine"} 1'])
})

t.test('an app client that the configuration does not name is other', async (t) => {
  const env = { COGATE_CLIENT_ID: undefined, COGATE_USER_POOL_INSECURE_ANY_CLIENT: 'true' }
  const { send, samples } = await startWorld(t, env)
  for (const clientId of ['one', 'two']) t.equal(await send(issuer.mintAccessToken({ clientId })), 200)
  t.same(await samples('tokens_total'), [`{pool="${poolId}",client="other",kind="access"} 2`])
})

t.test('a sign-in counts once for its tokens, and its refreshed tokens count as such', async (t) => {
  const { send, samples } = await startWorld(t, { COGATE_USER_POOL_TOKEN_USE: 'access,id' })
  const claims = { origin_jti: 'o1', auth_time: nowSeconds() - 30, iat: nowSeconds() - 30, amr: ['pwd', 'otp', 'mfa'] }
  await send(issuer.mintAccessToken({ claims }))
  await send(issuer.mintIdToken({ claims }))
  for (const age of [20, 10, 15]) await send(issuer.mintAccessToken({ claims: { ...claims, iat: nowSeconds() - age } }))
  await send(issuer.mintAccessToken({ claims: { ...claims, origin_jti: 'o2', amr: ['pwd'] } }))
  await send(issuer.mintAccessToken())
  await send(issuer.mintM2mToken())
  const labels = `pool="${poolId}",client="${issuer.clientId}"`
  t.same(await samples('sign_ins_total'), [
    `{${labels},mfa="no"} 1`,
    `{${labels},mfa="unknown"} 1`,
    `{${labels},mfa="yes"} 1`,
  ])
  t.same(await samples('refreshed_tokens_total'), [`{${labels}} 2`], 'an older token is none')
})

t.test('refusals are counted by app client and reason, and a forged name is other', async (t) => {
  const { send, samples } = await startWorld(t)
  const expired = issuer.mintAccessToken({ expiresInSeconds: -60 })
  for (const token of [expired, expired, expired]) t.equal(await send(token), 401)
  t.equal(await send(issuer.mintAccessToken(), '/admin'), 403)
  t.equal(await send(issuer.mintAccessToken({ clientId: 'made-up"}' })), 401)
  t.equal(await send(issuer.mintAccessToken({ claims: { iss: 'https://elsewhere.example' } })), 401)
  t.equal(await send(), 401)
  t.same(
    await samples('refusals_total'),
    [
      `{client="${issuer.clientId}",reason="insufficient_group"} 1`,
      `{client="${issuer.clientId}",reason="token_expired"} 3`,
      '{client="none",reason="token_missing"} 1',
      '{client="other",reason="client_not_allowed"} 1',
      `{client="${issuer.clientId}",reason="issuer_unknown"} 1`,
    ].toSorted(),
  )
})

t.test('connections to the service are shown by state, and the delay of the event loop', async (t) => {
  const { send, samples } = await startWorld(t, { COGATE_UPSTREAM_KEEP_ALIVE: '60s' })
  await send(issuer.mintAccessToken())
  t.same(await samples('upstream_connections'), [
    '{upstream="default",state="busy"} 0',
    '{upstream="default",state="connecting"} 0',
    '{upstream="default",state="idle"} 1',
  ])
  t.match(await samples('event_loop_delay_seconds'), [/^ \d+(\.\d+)?(e-\d+)?$/])
})

t.test('without a limit of the delay none is measured', async (t) => {
  const { samples } = await startWorld(t, { COGATE_LIMITS_EVENT_LOOP_DELAY: 'none' })
  t.same(await samples('event_loop_delay_seconds'), [])
})

t.test('the tokens of several workers are one sum', async (t) => {
  const upstream = await startUpstream(t)
  const gate = await spawnGate(t, { issuer, upstream: upstream.url, env: { COGATE_WORKERS: '2' } })
  for (let count = 0; count < 4; count++) {
    const headers = { authorization: `Bearer ${issuer.mintAccessToken()}`, connection: 'close' }
    await (await fetch(`http://127.0.0.1:${gate.port}/`, { headers })).text()
  }
  const page = await readMetrics(`http://127.0.0.1:${gate.opsPort}`)
  t.same(samplesOf(page, 'tokens_total'), [`{pool="${poolId}",client="${issuer.clientId}",kind="access"} 4`])
  t.same(samplesOf(page, 'token_remaining_seconds_count'), ['{kind="access"} 4'])
})
