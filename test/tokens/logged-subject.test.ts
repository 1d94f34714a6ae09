import { createHash } from 'node:crypto'
import t from 'tap'
import { loggedSubject } from '../../src/tokens/logged-subject.ts'

t.test('says of the caller what is configured: nothing, a hash or the subject', async (t) => {
  t.equal(loggedSubject('alice', 'none'), undefined)
  t.equal(loggedSubject('alice', 'plain'), 'alice')
  t.equal(loggedSubject('alice', 'hashed'), createHash('sha256').update('alice').digest('hex').slice(0, 16))
  t.not(loggedSubject('bob', 'hashed'), loggedSubject('alice', 'hashed'))
})
