import t from 'tap'
import { judge, type Kind, kindNames, kinds, type Outcome, pickKind } from '../../bench/soak/kinds.ts'

const ok: Outcome = { end: 'complete', status: 200, code: '', isOwn: true }
const noKeys: Outcome = { end: 'complete', status: 503, code: 'keys_unavailable', isOwn: false }

t.test('shares come to one', async (t) => {
  const sum = kindNames.reduce((all, kind) => all + kinds[kind].share, 0)
  t.ok(Math.abs(sum - 1) < 1e-9, `${sum}`)
})

t.test('picks every kind as often as its share says', async (t) => {
  const steps = 10_000
  const picked = new Map<Kind, number>()
  for (let n = 0; n < steps; n++) {
    const kind = pickKind((n + 0.5) / steps)
    picked.set(kind, (picked.get(kind) ?? 0) + 1)
  }
  for (const kind of kindNames) t.equal(picked.get(kind), Math.round(kinds[kind].share * steps), kind)
})

t.test('refuses a right status with a wrong body', async (t) => {
  t.equal(judge('get', ok, false), undefined)
  t.equal(judge('get', { ...ok, isOwn: false }, false), 'get: a wrong body or user')
  t.equal(
    judge('abort before the answer', { ...ok, isOwn: false }, false),
    'abort before the answer: a wrong body or user',
  )
})

t.test('refuses an answer that broke off, unless that is what was asked for', async (t) => {
  const cut: Outcome = { end: 'cut', status: 200, code: '', isOwn: false }
  t.equal(judge('get', cut, false), 'get: 200 cut instead of 200')
  t.equal(judge('reset in the body', cut, false), undefined)
  t.equal(judge('reset in the body', ok, false), 'reset in the body: 200 instead of 200 cut')
})

t.test('refuses a call without an answer', async (t) => {
  const failed: Outcome = { end: 'failed', status: 0, code: 'ECONNRESET', isOwn: false }
  t.equal(judge('get', failed, false), 'get: failed ECONNRESET instead of 200')
  t.equal(judge('abort in the body', failed, false), 'abort in the body: failed ECONNRESET instead of any')
})

t.test('takes 503 from unknown keys only, and only while keys cannot be fetched', async (t) => {
  t.equal(judge('token of a foreign key', noKeys, true), undefined)
  t.equal(
    judge('token of a foreign key', noKeys, false),
    'token of a foreign key: 503 keys_unavailable instead of 401 key_unknown',
  )
  t.equal(judge('get', noKeys, true), 'get: 503 keys_unavailable instead of 200')
})
