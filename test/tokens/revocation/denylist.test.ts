import t from 'tap'
import { Denylist } from '../../../src/tokens/revocation/denylist.ts'
import { parseDenylist, parseEntry, writeEntry } from '../../../src/tokens/revocation/entries.ts'

const now = Date.parse('2026-11-30T12:00:00Z')

function listOf(...lines: readonly object[]): Denylist {
  const denylist = new Denylist()
  denylist.replace('file', parseDenylist(lines.map((line) => JSON.stringify(line)).join('\n')))
  return denylist
}

function tokenOf(claims: object): string {
  return `x.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.x`
}

/** Whether a token with these claims is refused by a list of these lines. */
function denies(claims: object, ...lines: readonly object[]): boolean {
  const denylist = listOf(...lines)
  const token = tokenOf(claims)
  return denylist.refuses({ token }, now) !== undefined
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
  const denylist = new Denylist()
  t.equal(denylist.refuses({ token: 'x.e30.x' }, now), undefined, 'an empty list reads no token')
  denylist.replace('file', parseDenylist('{"sub":"x"}'))
  t.equal(denylist.size, 1)
  const one = { token: tokenOf({ sub: 'x' }) }
  t.equal(denylist.refuses(one, now), 'token_revoked')
  one.token = 'no token'
  t.equal(denylist.refuses(one, now), 'token_revoked', 'not read again')
  denylist.replace('file', [])
  t.equal(denylist.refuses(one, now), undefined)
})

const alice = { name: 'username', value: 'alice', issuedBefore: Infinity, until: now + 1000 } as const
const token = tokenOf({ username: 'alice', sub: 'x' })

t.test('the entries of the file and of Redis count, whichever list is renewed', async (t) => {
  const denylist = listOf({ sub: 'x' })
  denylist.replace('redis', [alice])
  t.equal(denylist.size, 2)
  denylist.replace('file', [])
  t.equal(denylist.refuses({ token }, now), 'token_revoked')
  denylist.replace('redis', [])
  t.equal(denylist.refuses({ token }, now), undefined)
  denylist.add('redis', alice)
  t.equal(denylist.refuses({ token }, now), 'token_revoked')
  t.equal(denylist.refuses({ token }, now + 1000), undefined, 'it has ended')
})

t.test(
  'of two entries that are the same but for their ends one is held, and entries that have ended are forgotten',
  async (t) => {
    const denylist = new Denylist()
    for (const until of [now + 500, now + 1000, now + 200]) denylist.add('redis', { ...alice, until })
    denylist.add('redis', { ...alice, issuedBefore: now, until: now + 2000 })
    t.equal(denylist.size, 2)
    t.same(
      denylist.entriesOf('redis', now).map(({ until }) => until - now),
      [1000, 2000],
    )
    t.same(denylist.entriesOf('redis', now + 1000).length, 1)
    denylist.forgetEnded('redis', now + 999)
    t.equal(denylist.size, 2)
    denylist.forgetEnded('redis', now + 1000)
    t.equal(denylist.size, 1)
    denylist.forgetEnded('redis', now + 1999)
    t.equal(denylist.size, 1)
    denylist.forgetEnded('redis', now + 2000)
    t.equal(denylist.size, 0)
  },
)

t.test('a copy that may become too old refuses every token that it does not name, until it is confirmed', async (t) => {
  const denylist = new Denylist()
  t.equal(denylist.lagMs(now), undefined)
  denylist.follow(5000, now)
  t.equal(denylist.refuses({ token }, now), 'revocation_unavailable', 'it was never read')
  denylist.confirm(now)
  t.equal(denylist.refuses({ token }, now + 4999), undefined)
  t.equal(denylist.lagMs(now + 4999), 4999)
  t.equal(denylist.lagMs(now - 1), 0, 'a clock that was put back')
  t.equal(denylist.refuses({ token }, now + 5000), 'revocation_unavailable')
  denylist.add('redis', { ...alice, until: Infinity })
  t.equal(denylist.refuses({ token }, now + 5000), 'token_revoked', 'what is known counts')
  const patient = new Denylist()
  patient.follow(Infinity, now)
  t.equal(patient.refuses({ token }, now + 1e9), undefined)
  t.equal(patient.lagMs(now + 1e9), 1e9)
})

t.test('an entry is written as it is read', async (t) => {
  for (const entry of [alice, { ...alice, until: Infinity, issuedBefore: now }]) {
    t.same(parseEntry(writeEntry(entry)), entry)
  }
})

t.test('a line that is no entry is named by its number, and never repeated', async (t) => {
  for (const line of ['secret', '5', 'null', '[]', '{}', '{"sub":""}', '{"sub":"a","x":1}', '{"sub":"a","until":5}']) {
    t.throws(() => parseDenylist(`\n${line}`), { message: /^line 2: (?!.*secret)/ }, line)
  }
  t.throws(() => parseDenylist('{"sub":"a","issuedBefore":"2026-13-01T00:00:00Z"}'), { message: /^line 1: a time/ })
  t.same(parseDenylist('\r\n  # comment\r\n'), [])
})
