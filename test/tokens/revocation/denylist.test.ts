import t from 'tap'
import { Denylist, parseDenylist } from '../../../src/tokens/revocation/denylist.ts'

const now = Date.parse('2026-11-30T12:00:00Z')

/** Whether a token with these claims is refused by a list of these lines. */
function denies(claims: object, ...lines: readonly object[]): boolean {
  const denylist = new Denylist(() => lines.map((line) => JSON.stringify(line)).join('\n'))
  denylist.load(now)
  const token = `x.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.x`
  return denylist.denies({ token }, now)
}

t.test('an ID token names user and app client under names of its own', async (t) => {
  t.ok(denies({ 'cognito:username': 'alice' }, { username: 'alice' }))
  t.ok(denies({ aud: 'client1' }, { client_id: 'client1' }))
  t.ok(denies({ aud: ['a', 'client1'] }, { client_id: 'client1' }))
  t.notOk(denies({ 'cognito:username': 'bob', aud: 5 }, { username: 'alice' }, { client_id: '5' }))
})

t.test('a value counts under its own name alone', async (t) => {
  t.notOk(denies({ sub: 'x', jti: 'y' }, { jti: 'x' }, { sub: 'y' }, { origin_jti: 'x' }))
  t.ok(denies({ sub: 'x', jti: 'y' }, { jti: 'x' }, { jti: 'y' }))
})

t.test('a token that does not say when it was issued is as old as any', async (t) => {
  const entry = { sub: 'x', issuedBefore: '2026-11-30T11:00:00Z' }
  t.ok(denies({ sub: 'x' }, entry))
  t.ok(denies({ sub: 'x', iat: now / 1000 - 3601 }, entry))
  t.notOk(denies({ sub: 'x', iat: now / 1000 - 3600 }, entry))
})

t.test('of two entries the one that lasts longer counts', async (t) => {
  const [past, later] = ['2026-11-30T11:00:00Z', '2026-11-30T13:00:00.5Z']
  t.ok(denies({ sub: 'x', jti: 'y' }, { sub: 'x', until: past }, { jti: 'y', until: later }))
  t.notOk(denies({ sub: 'x', jti: 'y' }, { sub: 'x', until: past }, { jti: 'y', until: past }))
})

t.test('a token is looked up once for each state of the list', async (t) => {
  const state = { text: '{"sub":"x"}' }
  const denylist = new Denylist(() => state.text)
  t.equal(denylist.denies({ token: 'x.e30.x' }, now), false, 'an empty list reads no token')
  denylist.load(now)
  t.same([denylist.size, denylist.loadedAt], [1, now])
  const one = { token: `x.${Buffer.from('{"sub":"x"}').toString('base64url')}.x` }
  t.ok(denylist.denies(one, now))
  one.token = 'no token'
  t.ok(denylist.denies(one, now), 'not read again')
  state.text = '# nobody\n'
  denylist.load(now)
  t.notOk(denylist.denies(one, now))
})

t.test('a line that is no entry is named by its number, and never repeated', async (t) => {
  for (const line of ['secret', '5', 'null', '[]', '{}', '{"sub":""}', '{"sub":"a","x":1}', '{"sub":"a","until":5}']) {
    t.throws(() => parseDenylist(`\n${line}`), { message: /^line 2: (?!.*secret)/ }, line)
  }
  t.throws(() => parseDenylist('{"sub":"a","issuedBefore":"2026-13-01T00:00:00Z"}'), { message: /^line 1: a time/ })
  t.same(parseDenylist('\r\n  # comment\r\n'), [])
})
