import t from 'tap'
import { MergedStatus } from '../../../src/ops/status/merged-status.ts'
import { RecentRefusals } from '../../../src/ops/status/recent-refusals.ts'
import { mergeParts, readStatusFacts, type StatusPart, writeStatus } from '../../../src/ops/status/status.ts'
import { rule } from '../../helpers/rules.ts'
import { createConfig } from '../../helpers/runtime.ts'

const refusal = { requestId: 'r', method: 'GET', path: '/', route: 'none', status: 400, reason: 'x', client: 'none' }

function part(changes: Partial<StatusPart> = {}): StatusPart {
  return {
    pools: [{ pool: 'p', ready: true, keys: 2, ageMs: 1000 }],
    connections: [{ upstream: 'default', busy: 1, idle: 2, connecting: 3 }],
    now: { inFlight: 1, waiting: 2, webSockets: 3, tokens: 4 },
    cache: { hits: 10, misses: 5, evictions: 1 },
    decisions: [{ route: '/a', outcome: 'allow', reason: 'allowed', count: 7 }],
    refusals: [{ at: 1, ...refusal }],
    ...changes,
  }
}

t.test('of several processes numbers are added, and the latest fifty refusals are shown', async (t) => {
  const at = (from: number) => Array.from({ length: 40 }, (_, index) => ({ at: from + 2 * index, ...refusal }))
  const whole = mergeParts([
    part({ refusals: at(0) }),
    part({
      refusals: at(1),
      decisions: [
        { route: '/a', outcome: 'allow', reason: 'allowed', count: 1 },
        { route: '/b', outcome: 'deny', reason: 'rate_limited', count: 2 },
      ],
    }),
  ])
  t.match(whole, {
    connections: [{ upstream: 'default', busy: 2, idle: 4, connecting: 6 }],
    now: { inFlight: 2, waiting: 4, webSockets: 6, tokens: 8 },
    cache: { hits: 20, misses: 10, evictions: 2 },
    decisions: [
      { route: '/a', count: 8 },
      { route: '/b', count: 2 },
    ],
  })
  t.same(
    whole.refusals.map(({ at }) => at),
    Array.from({ length: 50 }, (_, index) => 79 - index),
  )
})

t.test('of a user pool the process that is worst off is shown: without keys, or with the oldest', async (t) => {
  const good = { pool: 'p', ready: true, keys: 2 }
  const pools = (...all: StatusPart['pools']) => mergeParts(all.map((pool) => part({ pools: [pool] }))).pools
  t.same(pools({ ...good, ageMs: 5 }, { ...good, ageMs: 9 }, { ...good, ageMs: 7 }), [{ ...good, ageMs: 9 }])
  const none = { pool: 'p', ready: false, keys: 0, ageMs: undefined, lastError: 'no way' }
  t.same(pools({ ...good, ageMs: 9e9 }, none), [none])
  t.same(pools({ ...good, ageMs: 9e9 }, { ...good, ageMs: undefined }), [{ ...good, ageMs: undefined }])
  t.same(
    pools({ ...good, ageMs: 5 }, { ...good, pool: 'q', ageMs: 5 }).map(({ pool }) => pool),
    ['p', 'q'],
  )
})

t.test('what an ended or silent worker has counted stays, and what it was doing does not', async (t) => {
  const merged = new MergedStatus()
  merged.report(1, part())
  merged.report(2, part())
  t.match(merged.whole(new Set([1, 2])), { now: { inFlight: 2 }, cache: { hits: 20 }, decisions: [{ count: 14 }] })
  const silent = merged.whole(new Set([1]))
  t.match(silent, { now: { inFlight: 1 }, connections: [{ busy: 1 }], cache: { hits: 20 }, decisions: [{ count: 14 }] })
  merged.ended(2)
  merged.ended(2)
  merged.report(2, part({ cache: { hits: 1, misses: 0, evictions: 0 } }))
  const after = merged.whole(new Set([1, 2]))
  t.match(after, { now: { inFlight: 2 }, cache: { hits: 21 }, decisions: [{ count: 21 }] })
  t.equal(after.refusals.length, 3)
  t.equal(after.pools.length, 1)
})

t.test('the last fifty refusals are kept, the latest first', async (t) => {
  const clock = { now: 0 }
  const refusals = new RecentRefusals(() => clock.now)
  for (; clock.now < 70; clock.now++) refusals.add({ ...refusal, requestId: `r${clock.now}` })
  const ids = refusals.list().map(({ at, requestId }) => `${at} ${requestId}`)
  t.same([ids.length, ids[0], ids.at(-1)], [50, '69 r69', '20 r20'])
})

t.test('long and personal parts of a path are not shown, and nothing is longer than the page needs', async (t) => {
  const shown = (path: string, method = 'GET') => {
    const refusals = new RecentRefusals(() => 0)
    refusals.add({ ...refusal, path, method })
    return refusals.list()[0]
  }
  t.equal(shown('/orders/17/items')?.path, '/orders/17/items')
  t.equal(shown('/reset/0b9e7f3c2d1a4e5f8a7b6c5d4e3f2a1b')?.path, '/reset/0b9e…')
  t.equal(shown('/users/alice@example.com/x')?.path, '/users/…/x')
  t.equal(shown('/users/alice%40example.com')?.path, '/users/…')
  t.equal(shown('/eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2ln')?.path, '/eyJh…')
  t.equal(shown('/a'.repeat(500))?.path.length, 160)
  t.equal(shown('/', 'X'.repeat(500))?.method.length, 20)
})

t.test('of the configuration only what a rule demands is shown, and where the service is', async (t) => {
  const rules = [
    rule('/a', { groups: ['x'], methods: ['GET'], host: 'h', maxAuthAgeMs: 5 }),
    rule('/b', { auth: 'none' }),
    rule('/c/:t', { claims: { tenant: [':t'] }, subject: 'user', tokenUse: ['id'] }),
  ]
  const facts = readStatusFacts(createConfig({ routes: rules }), '1.2.3', 17)
  const status = writeStatus(facts, { at: 18, ready: true, draining: false, workers: [] }, part())
  t.match(status, { version: '1.2.3', startedAt: 17, at: 18, ready: true })
  t.strictSame(status.routes, [
    { path: '/a', auth: 'required', mode: 'enforce', methods: ['GET'], host: 'h', groups: ['x'], maxAuthAgeMs: 5 },
    { path: '/b', auth: 'none', mode: 'enforce' },
    {
      path: '/c/:t',
      auth: 'required',
      mode: 'enforce',
      claims: { tenant: [':t'] },
      subject: 'user',
      tokenUse: ['id'],
    },
  ])
  t.strictSame(status.upstreams, [{ name: 'default', url: 'http://127.0.0.1:8080', busy: 1, idle: 2, connecting: 3 }])
})
