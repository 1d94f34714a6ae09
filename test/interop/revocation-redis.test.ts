/**
 * Revoked tokens through a real Redis: what is written counts at once in every process, and what happens while Redis is away is what
 * docs/operations.md says.
 */
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { RedisConnection } from '../../src/redis/connection.ts'
import { SharedList } from '../../src/redis/revocations/shared-list.ts'
import { createClock } from '../helpers/clock.ts'
import { runCogate } from '../helpers/cogate-process.ts'
import type { TestGate } from '../helpers/gateway.ts'
import { startTestGate } from '../helpers/gateway.ts'
import { startTestIssuer } from '../helpers/issuer.ts'
import { readMetric } from '../helpers/metrics.ts'
import { skipRedis, startRedis, type TestRedis } from '../helpers/redis.ts'
import { startUpstream } from '../helpers/upstream.ts'

const skip = skipRedis
const revoked = '401 token_revoked'

/** Asks until it is answered so; the time that took, in milliseconds. */
async function untilAnswered(ask: () => Promise<string>, expected: string, limitMs = 10_000): Promise<number> {
  const began = performance.now()
  for (;;) {
    const answer = await ask()
    if (answer === expected) return performance.now() - began
    if (performance.now() - began > limitMs) throw new Error(`${answer}, and not ${expected}, after ${limitMs} ms`)
  }
}

async function startWorld(t: Test, options: { readonly env?: object; readonly redis?: readonly string[] } = {}) {
  const [issuer, upstream, redis] = await Promise.all([
    startTestIssuer(t),
    startUpstream(t),
    startRedis(t, options.redis),
  ])
  const start = (env: object = {}, now?: () => number) =>
    startTestGate(t, {
      issuer,
      upstream: upstream.url,
      ...(now && { now }),
      env: { COGATE_REVOCATION_REDIS_URL: redis.url, ...options.env, ...env },
    })
  const revoke = (...words: readonly string[]) => runCogate(t, ['revoke', '--redis', redis.url, ...words])
  const asker = (gate: TestGate, token: string) => async () => {
    const answer = await fetch(`http://127.0.0.1:${gate.port}/`, { headers: { authorization: `Bearer ${token}` } })
    const text = await answer.text()
    return answer.status === 200 ? 'allowed' : `${answer.status} ${JSON.parse(text).code}`
  }
  return { issuer, redis, start, asker, revoke }
}

const claimsOf = (token: string) => JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())
const read = (gate: TestGate, entries: number) =>
  gate.logged(({ msg, ...line }) => msg === 'revocations read' && line['entries'] === entries)

t.test(
  'a remembered token is refused in every process as soon as the entry is written, and others are not',
  { skip },
  async (t) => {
    const { issuer, start, asker, revoke } = await startWorld(t)
    const gates = [await start(), await start()]
    for (const [index, name] of ['--sub', '--username', '--origin-jti', '--jti'].entries()) {
      const [one = '', other = ''] = [`u${index}`, `v${index}`].map((user) =>
        issuer.mintAccessToken({ username: user, sub: user }),
      )
      const ask = (token: string) => Promise.all(gates.map((gate) => asker(gate, token)()))
      t.same([await ask(one), await ask(other)].flat(), ['allowed', 'allowed', 'allowed', 'allowed'])
      const value = claimsOf(one)[name.slice(2).replaceAll('-', '_')]
      t.type(value, 'string', name)
      const { code, stdout } = await revoke(name, value)
      t.equal(code, 0)
      t.match(stdout, /"until":"[^"]+Z"\}\nheard by 2 processes\n$/)
      await Promise.all(gates.map((gate) => read(gate, index + 1)))
      t.same([await ask(one), await ask(other)].flat(), [revoked, revoked, 'allowed', 'allowed'])
    }
    const port = gates[0]?.opsPort ?? 0
    t.equal(await readMetric(port, 'cogate_revocation_entries'), 4)
    t.ok((await readMetric(port, 'cogate_revocation_lag_seconds')) < 60)
  },
)

t.test('a denied origin_jti stops a cached token within 100 ms', { skip }, async (t) => {
  const { issuer, redis, start, asker } = await startWorld(t)
  const gate = await start()
  const connection = new RedisConnection(redis, { onState: () => undefined })
  t.teardown(() => connection.close())
  const list = new SharedList(connection, 'cogate:')
  const times: number[] = []
  for (let index = 0; index < 20; index++) {
    const token = issuer.mintAccessToken({ username: `w${index}` })
    t.equal(await asker(gate, token)(), 'allowed')
    const value = claimsOf(token).origin_jti
    const began = performance.now()
    await list.add({ name: 'origin_jti', value, issuedBefore: Infinity, until: Date.now() + 60_000 }, Date.now())
    await untilAnswered(asker(gate, token), revoked)
    times.push(performance.now() - began)
  }
  times.sort((a, b) => a - b)
  t.ok((times[18] ?? Infinity) < 100)
  t.comment(
    `from before the write to the refusal: median ${times[10]?.toFixed(1)} ms, longest ${times[19]?.toFixed(1)} ms`,
  )
})

t.test('an entry ends in Redis and in memory, and the last one takes the list with it', { skip }, async (t) => {
  const { issuer, redis, start, asker, revoke } = await startWorld(t)
  const clock = createClock()
  const gate = await start({}, clock.now)
  const token = issuer.mintAccessToken({ username: 'alice' })
  const short = await revoke('--username', 'alice', '--for', '1h')
  t.equal(short.code, 0)
  await untilAnswered(asker(gate, token), revoked)
  const left = await redis.client.pttl('cogate:revocations')
  t.ok(left > 3_590_000 && left <= 3_600_000, `${left}`)
  await revoke('--username', 'alice', '--for', '5m')
  await read(gate, 1)
  t.ok((await redis.client.pttl('cogate:revocations')) > 3_590_000, 'the later end stays')
  clock.advance(3_601_000)
  t.not(await asker(gate, token)(), revoked)
  await revoke('--jti', 'x')
  t.ok((await redis.client.pttl('cogate:revocations')) > 86_400_000, 'a day and ten minutes where nobody says how long')
})

t.test('while Redis is away the list stays; what was written meanwhile counts when it is back', { skip }, async (t) => {
  const { issuer, redis, start, asker, revoke } = await startWorld(t)
  const gate = await start()
  const [alice, bob] = ['alice', 'bob'].map((username) => asker(gate, issuer.mintAccessToken({ username })))
  if (alice === undefined || bob === undefined) throw new Error('no askers')
  t.same([await alice(), await bob()], ['allowed', 'allowed'])
  await revoke('--username', 'alice')
  await untilAnswered(alice, revoked)
  await redis.stop()
  t.match(await gate.logged(({ msg }) => String(msg).startsWith('revocation store away')), { onStoreFailure: 'allow' })
  t.same([await alice(), await bob()], [revoked, 'allowed'])
  const failed = await revoke('--username', 'bob')
  t.equal(failed.code, 1)
  t.match(failed.stderr, /revoke: redis:\/\/127\.0\.0\.1:\d+: connect ECONNREFUSED/)
  await redis.start()
  t.equal((await revoke('--username', 'bob')).code, 0)
  t.comment(`after Redis is back: ${(await untilAnswered(bob, revoked)).toFixed(0)} ms`)
  t.ok(gate.lines.some(({ msg }) => msg === 'revocation store back'))
  t.equal(await alice(), revoked)
})

t.test('a frozen Redis is noticed, and the lag grows until it answers again', { skip }, async (t) => {
  const { redis, start } = await startWorld(t)
  const clock = createClock()
  const gate = await start({}, clock.now)
  redis.kill('SIGSTOP')
  await gate.logged(({ msg }) => String(msg).startsWith('revocation store away'))
  clock.advance(90_000)
  t.ok((await readMetric(gate.opsPort, 'cogate_revocation_lag_seconds')) >= 90)
  redis.kill('SIGCONT')
  await gate.logged(({ msg }) => msg === 'revocation store back')
  const lag = async () => ((await readMetric(gate.opsPort, 'cogate_revocation_lag_seconds')) < 10 ? 'fresh' : 'old')
  await untilAnswered(lag, 'fresh')
})

t.test(
  'after Redis has lost its data, a running gate keeps what it knows, and a new one begins anew',
  { skip },
  async (t) => {
    const { issuer, redis, start, asker, revoke } = await startWorld(t)
    const gate = await start()
    const [alice, bob] = ['alice', 'bob'].map((username) => issuer.mintAccessToken({ username }))
    if (alice === undefined || bob === undefined) throw new Error('no tokens')
    await revoke('--username', 'alice')
    await untilAnswered(asker(gate, alice), revoked)
    await redis.client.flushall()
    t.match(await gate.logged(({ msg }) => String(msg).startsWith('revocation store lost')), { kept: 1 })
    t.equal(await asker(gate, alice)(), revoked)
    const fresh = await start()
    t.equal(await asker(fresh, alice)(), 'allowed')
    await revoke('--username', 'bob')
    for (const each of [gate, fresh]) await untilAnswered(asker(each, bob), revoked)
    t.equal(await asker(gate, alice)(), revoked)
  },
)

/** A replica has taken over that had not got the last entry, and has written another one under the same number. */
async function loseLast({ client }: TestRedis, lost: string) {
  await client.multi().zrem('cogate:revocations', lost).hincrby('cogate:revocations:state', 'version', -1).exec()
}

t.test(
  'a replica that was behind takes over: what it writes counts at once, and what it has not got still does',
  { skip },
  async (t) => {
    const { issuer, redis, start, asker, revoke } = await startWorld(t)
    const gate = await start()
    const [alice, bob] = ['alice', 'bob'].map((username) => asker(gate, issuer.mintAccessToken({ username })))
    if (alice === undefined || bob === undefined) throw new Error('no askers')
    await revoke('--jti', 'x')
    await revoke('--username', 'alice')
    await untilAnswered(alice, revoked)
    const connection = new RedisConnection(redis, { onState: () => undefined })
    t.teardown(() => connection.close())
    const list = new SharedList(connection, 'cogate:')
    const until = Date.now() + 60_000
    await list.state()
    await loseLast(redis, '{"username":"alice"}')
    await list.add({ name: 'username', value: 'bob', issuedBefore: Number.POSITIVE_INFINITY, until }, Date.now())
    await untilAnswered(bob, revoked, 4000)
    t.equal(await alice(), revoked)
    t.ok(
      gate.lines.some(
        ({ msg, ...line }) => msg === 'revocation store lost its list; what is known here stays' && line['kept'] === 1,
      ),
    )
  },
)

t.test('what the replica wrote while nobody could hear it counts once it is reached', { skip }, async (t) => {
  const { issuer, redis, start, asker, revoke } = await startWorld(t)
  const gate = await start()
  const [alice, bob] = ['alice', 'bob'].map((username) => asker(gate, issuer.mintAccessToken({ username })))
  if (alice === undefined || bob === undefined) throw new Error('no askers')
  await revoke('--username', 'alice')
  await untilAnswered(alice, revoked)
  const changes = redis.client.multi().zrem('cogate:revocations', '{"username":"alice"}')
  await changes.zadd('cogate:revocations', '+inf', '{"username":"bob"}').call('CLIENT', 'KILL', 'TYPE', 'normal').exec()
  await untilAnswered(bob, revoked)
  t.equal(await alice(), revoked)
})

t.test('an entry that is taken out by hand is gone within seconds', { skip }, async (t) => {
  const { issuer, redis, start, asker, revoke } = await startWorld(t)
  const gate = await start()
  const alice = asker(gate, issuer.mintAccessToken({ username: 'alice' }))
  await revoke('--username', 'alice')
  await untilAnswered(alice, revoked)
  await redis.client.zrem('cogate:revocations', '{"username":"alice"}')
  await redis.client.hincrby('cogate:revocations:state', 'version', 1)
  await untilAnswered(alice, 'allowed')
})

t.test('deny: 503 once the list is too old or was never read, and not before', { skip }, async (t) => {
  const { issuer, redis, start, asker } = await startWorld(t, {
    env: { COGATE_REVOCATION_ON_STORE_FAILURE: 'deny' },
  })
  const clock = createClock()
  const gate = await start({}, clock.now)
  const ask = asker(gate, issuer.mintAccessToken({ username: 'alice' }))
  t.equal(await ask(), 'allowed')
  redis.kill('SIGSTOP')
  await gate.logged(({ msg }) => String(msg).startsWith('revocation store away'))
  t.equal(await ask(), 'allowed')
  clock.advance(30_000)
  t.equal(await ask(), '503 revocation_unavailable')
  const open = await fetch(`http://127.0.0.1:${gate.port}/`)
  t.equal(open.status, 401, 'without a token there is nothing to ask the list for')
  await open.arrayBuffer()
  const late = await start({}, clock.now)
  t.equal(await asker(late, issuer.mintAccessToken({ username: 'alice' }))(), '503 revocation_unavailable')
  redis.kill('SIGCONT')
  await untilAnswered(ask, 'allowed')
  await untilAnswered(asker(late, issuer.mintAccessToken({ username: 'alice' })), 'allowed')
})

t.test(
  'allow: a gate that starts while Redis is away serves with its file, and takes the list when it comes',
  { skip },
  async (t) => {
    const { issuer, redis, start, asker, revoke } = await startWorld(t)
    const file = join(t.testdir({ 'revoked.jsonl': '{"username":"carol"}\n' }), 'revoked.jsonl')
    await revoke('--username', 'alice')
    await redis.stop()
    const gate = await start({ COGATE_REVOCATION_FILE: file })
    const [alice, carol] = ['alice', 'carol'].map((username) => asker(gate, issuer.mintAccessToken({ username })))
    if (alice === undefined || carol === undefined) throw new Error('no askers')
    t.same([await alice(), await carol()], ['allowed', revoked])
    await redis.start()
    await untilAnswered(alice, revoked)
    t.equal(await carol(), revoked)
    writeFileSync(file, '')
    await untilAnswered(carol, 'allowed')
    t.equal(await alice(), revoked)
    rmSync(file)
  },
)
