import t from 'tap'
import type { Outcome } from '../../bench/soak/kinds.ts'
import { Ledger } from '../../bench/soak/ledger.ts'

const ok: Outcome = { end: 'complete', status: 200, code: '', isOwn: true }
const refused: Outcome = { end: 'complete', status: 401, code: 'token_expired', isOwn: false }
const reset: Outcome = { end: 'complete', status: 502, code: 'upstream_reset', isOwn: false }
const gone: Outcome = { end: 'aborted', status: 0, code: '', isOwn: false }

t.test('finds nothing wrong with calls that come to their end', async (t) => {
  const ledger = new Ledger()
  const first = ledger.begin('get', 'alice')
  const second = ledger.begin('expired token', 'bob')
  const third = ledger.begin('reset before the head', 'carol')
  ledger.arrived(first, 'alice')
  ledger.arrived(third, 'carol')
  t.equal(ledger.open, 3)
  ledger.end(first, ok, false)
  ledger.end(second, refused, false)
  ledger.end(third, reset, false)
  t.equal(ledger.open, 0)
  t.match(ledger.summary(), {
    begun: 3,
    ended: 3,
    aborted: 0,
    byEnd: { '200': 1, '401 token_expired': 1, '502 upstream_reset': 1 },
    byKind: { get: 1, 'expired token': 1, 'reset before the head': 1 },
    unseen: 0,
  })
  t.strictSame([ledger.summary().wrong, ledger.summary().breaches], [{}, {}])
})

t.test('finds a 502 that the upstream did not cause', async (t) => {
  const ledger = new Ledger()
  ledger.end(ledger.begin('get', 'alice'), reset, false)
  t.strictSame(ledger.summary().wrong, { 'get: 502 upstream_reset instead of 200': 1 })
})

t.test('finds a call that is sent twice, even after its end', async (t) => {
  const ledger = new Ledger()
  const id = ledger.begin('post', 'alice')
  ledger.arrived(id, 'alice')
  ledger.end(id, ok, false)
  ledger.arrived(id, 'alice')
  t.strictSame(ledger.summary().breaches, { 'post: sent twice': 1 })
})

t.test('finds a call that is sent on for another user, or for none', async (t) => {
  const ledger = new Ledger()
  ledger.arrived(ledger.begin('get', 'alice'), 'bob')
  ledger.arrived(ledger.begin('get', 'alice'), undefined)
  t.strictSame(ledger.summary().breaches, { 'get: told another user': 2 })
})

t.test('finds a refused call at the upstream, and a call that nobody made', async (t) => {
  const ledger = new Ledger()
  ledger.arrived(ledger.begin('tampered token', 'alice'), 'alice')
  ledger.arrived(99, 'alice')
  ledger.arrived(Number.NaN, undefined)
  t.strictSame(ledger.summary().breaches, { 'tampered token: let through': 1, 'a call nobody made': 2 })
})

t.test('finds an answer for which the upstream got no call', async (t) => {
  const ledger = new Ledger()
  ledger.end(ledger.begin('get', 'alice'), ok, false)
  t.equal(ledger.summary().unseen, 1)
})

t.test('lets callers leave whenever they like', async (t) => {
  const ledger = new Ledger()
  const id = ledger.begin('abort in the upload', 'alice')
  ledger.end(id, gone, false)
  ledger.arrived(id, 'alice')
  const { wrong, breaches, aborted, byEnd } = ledger.summary()
  t.strictSame({ wrong, breaches, aborted, byEnd }, { wrong: {}, breaches: {}, aborted: 1, byEnd: { aborted: 1 } })
})
