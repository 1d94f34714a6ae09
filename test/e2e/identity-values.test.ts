/** What the service reads of a caller: the values of real tokens, through a real gate. */
import t from 'tap'
import { gateEnvironment, startTestGate } from '../helpers/gateway.ts'
import { startTestIssuer } from '../helpers/issuer.ts'
import { startUpstream } from '../helpers/upstream.ts'

/** As text of JSON: a number in JavaScript would have lost digits before it is sent. */
const { rawJSON } = JSON as unknown as { rawJSON(text: string): object }

const set = [
  { name: 'X-User-Name', claim: 'username' },
  { name: 'X-Tenant', claim: 'tenant_id' },
  { name: 'X-Tenants', claim: 'tenants' },
  { name: 'X-All', claim: 'all', format: 'json' },
  { name: 'X-Mail', claim: 'email' },
]

t.test('values arrive as the token has them, in a form that can be decoded (FLD-03, FLD-08, FLD-10)', async (t) => {
  const issuer = await startTestIssuer(t)
  const upstream = await startUpstream(t)
  const env = { COGATE_IDENTITY_HEADERS_SET: JSON.stringify(set) }
  const gate = await startTestGate(t, { issuer, upstream: upstream.url, env })
  const number = rawJSON('1147953659032899585')
  const claims = { tenant_id: number, tenants: [number, 'b'], all: { tenant: number }, email: 'a@example.com' }
  const token = issuer.mintAccessToken({ username: 'Zoë 50%off', claims })
  const { status } = await fetch(gate.url, { headers: { authorization: `Bearer ${token}` } })
  t.equal(status, 200)
  const { headers = {} } = upstream.requests[0] ?? {}
  t.equal(decodeURIComponent(String(headers['x-user-name'])), 'Zoë 50%off')
  t.equal(headers['x-tenant'], '1147953659032899585')
  t.equal(headers['x-tenants'], '1147953659032899585,b')
  t.equal(headers['x-all'], '{"tenant":1147953659032899585}')
  t.notOk('x-mail' in headers, 'nobody has verified the address')
})

t.test('a user of one pool is not the user of that name in another (FLD-30)', async (t) => {
  const staff = await startTestIssuer(t, { poolId: 'eu-west-1_staff' })
  const people = await startTestIssuer(t, { poolId: 'eu-west-1_people' })
  const upstream = await startUpstream(t)
  const pools = [staff, people].map(({ poolId, clientId, issuer }) => ({ id: poolId, clientIds: [clientId], issuer }))
  const routes = [{ path: '/admin/*', groups: ['admin'], userPools: [staff.poolId] }]
  const single = Object.keys(gateEnvironment({ issuer: staff, upstream: upstream.url })).filter((name) =>
    /USER_POOL|CLIENT_ID/.test(name),
  )
  const env = {
    ...Object.fromEntries(single.map((name) => [name, undefined])),
    COGATE_USER_POOLS: JSON.stringify(pools),
  }
  const gate = await startTestGate(t, { issuer: staff, upstream: upstream.url, routes, env })
  await gate.logged(({ msg, pool }) => msg === 'keys_changed' && pool === people.poolId)
  await gate.logged(({ msg, pool }) => msg === 'keys_changed' && pool === staff.poolId)
  const ask = async (path: string, { mintAccessToken }: typeof staff) => {
    const authorization = `Bearer ${mintAccessToken({ username: 'alice', groups: ['admin'] })}`
    const response = await fetch(gate.url + path, { headers: { authorization } })
    return { status: response.status, body: (await response.json()) as { code?: string } }
  }
  t.equal((await ask('/admin/x', staff)).status, 200)
  t.match(await ask('/admin/x', people), { status: 403, body: { code: 'user_pool_not_allowed_here' } })
  t.equal((await ask('/', people)).status, 200)
  t.same(
    upstream.requests.map(({ headers }) => [headers['x-forwarded-user'], headers['x-cognito-user-pool-id']]),
    [
      ['alice', staff.poolId],
      ['alice', people.poolId],
    ],
  )
})
