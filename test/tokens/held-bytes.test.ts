import t from 'tap'
import { heldBytes } from '../../src/tokens/held-bytes.ts'
import type { Verified } from '../../src/tokens/verified.ts'
import { createCaller } from '../helpers/caller.ts'

function costs(changes: Partial<Verified>): number {
  return heldBytes(createCaller({}, changes))
}

t.test('counts every character of the token and of its headers', async (t) => {
  t.equal(costs({ token: 't'.repeat(110) }) - costs({ token: 't'.repeat(10) }), 100)
  t.equal(costs({ identityLines: 'h'.repeat(110) }) - costs({ identityLines: 'h'.repeat(10) }), 100)
})

t.test('counts what is beyond Latin-1 as wide', async (t) => {
  t.equal(costs({ subject: 'ä'.repeat(20) }) - costs({ subject: 'ä'.repeat(10) }), 10)
  t.equal(costs({ subject: '山'.repeat(20) }) - costs({ subject: '山'.repeat(10) }), 20)
})

t.test('counts what the log calls the caller, unless that is the subject', async (t) => {
  const subject = 's'.repeat(36)
  t.equal(costs({ subject, loggedSubject: 'h'.repeat(16) }) - costs({ subject, loggedSubject: subject }), 24 + 16)
})

t.test('counts scopes and groups, and a string for each', async (t) => {
  const group = 'g'.repeat(10)
  t.equal(costs({ groups: [group, group] }) - costs({ groups: [] }), 2 * (8 + 24 + 10))
  t.equal(costs({ scopes: [group, group] }) - costs({ scopes: [] }), 2 * (8 + 24 + 10 + 16), 'parts of one text')
})

t.test('counts the ids that are kept for an audit log', async (t) => {
  const none = { jti: undefined, origin: undefined }
  t.equal(costs({ ids: none }) - costs({ ids: undefined }), 40 + 2 * 24)
  t.equal(costs({ ids: { jti: 'j'.repeat(36), origin: 'o'.repeat(36) } }) - costs({ ids: none }), 72)
})

t.test('counts what a signed identity says, as it is written, and the names of the caller once more', async (t) => {
  const names = { issuer: '', username: undefined, email: undefined }
  const named = (username: string) => costs({ names: { ...names, username } })
  t.equal(named('u'.repeat(130)) - named('u'.repeat(10)), 120 + (2 * 120 * 4) / 3)
  t.equal(named('山'.repeat(130)) - named('山'.repeat(10)), 2 * 120 + (6 * 120 * 4) / 3)
  const grouped = (groups: readonly string[]) => costs({ names, groups }) - costs({ groups })
  t.equal(grouped(['g'.repeat(123)]) - grouped([]), ((123 + 3) * 4) / 3)
  t.ok(costs({ names }) - costs({ names: undefined }) > 1700)
})

t.test('counts the claims that rules ask for', async (t) => {
  const asked = { tokenUse: 'access', isUsualUse: true, subject: 'user', claims: [] } as const
  const claims = [{ name: 'tenant', texts: ['t'.repeat(10), 'u'.repeat(10)] }]
  t.equal(costs({ asked }) - costs({ asked: undefined }), 56 + 48)
  t.equal(costs({ asked: { ...asked, claims } }) - costs({ asked }), 8 + 40 + 48 + 2 * (8 + 24 + 10))
})
