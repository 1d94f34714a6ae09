/** A gate whose Redis is not there: it starts, serves, and does what the configuration says of that. */
import t, { type Test } from 'tap'
import { startTestGate } from '../helpers/gateway.ts'
import { startTestIssuer } from '../helpers/issuer.ts'
import { readMetric } from '../helpers/metrics.ts'
import { startUpstream } from '../helpers/upstream.ts'

async function startWithout(t: Test, env: object) {
  const [issuer, upstream] = await Promise.all([startTestIssuer(t), startUpstream(t)])
  const url = { COGATE_REDIS_URL: 'redis://:hunter2@127.0.0.1:1' }
  const gate = await startTestGate(t, { issuer, upstream: upstream.url, env: { ...url, ...env } })
  const token = issuer.mintAccessToken()
  const ask = async () => {
    const answer = await fetch(`http://127.0.0.1:${gate.port}/`, { headers: { authorization: `Bearer ${token}` } })
    const text = await answer.text()
    return answer.status === 200 ? 'allowed' : `${answer.status} ${JSON.parse(text).code}`
  }
  return { gate, ask }
}

t.test('tokens pass, and the log and the age of the list say that it was never read', async (t) => {
  const { gate, ask } = await startWithout(t, {})
  t.match(await gate.logged(({ msg }) => String(msg).startsWith('revocation store away')), { detail: /ECONNREFUSED/ })
  t.equal(await ask(), 'allowed')
  t.ok((await readMetric(gate.opsPort, 'cogate_revocation_lag_seconds')) > 0)
  t.equal(await readMetric(gate.opsPort, 'cogate_revocation_entries'), 0)
  t.notMatch(JSON.stringify(gate.lines), /hunter2/)
})

t.test('with onStoreFailure: deny every token is refused, and the gate is ready', async (t) => {
  const { gate, ask } = await startWithout(t, { COGATE_REVOCATION_ON_STORE_FAILURE: 'deny' })
  t.equal(await ask(), '503 revocation_unavailable')
  t.equal((await fetch(`http://127.0.0.1:${gate.opsPort}/readyz`)).status, 200)
})

t.test('rate limits are those of the process', async (t) => {
  const { gate, ask } = await startWithout(t, {
    COGATE_RATE_LIMIT_STORE: 'redis',
    COGATE_RATE_LIMIT_PER_SUBJECT: '3/h',
  })
  for (const expected of ['allowed', 'allowed', 'allowed', '429 rate_limited', '429 rate_limited'])
    t.equal(await ask(), expected)
  t.match(await gate.logged(({ msg }) => String(msg).startsWith('rate limit store away')), { detail: /ECONNREFUSED/ })
})
