/** One canonical form of header names, and one list for each direction of what is not passed on. */
import { readdirSync, readFileSync } from 'node:fs'
import t from 'tap'
import {
  canonicalName,
  droppedFromAnswers,
  droppedFromHandshakes,
  droppedFromRequests,
} from '../../src/headers/names.ts'

t.test('takes every separator for the same one', async (t) => {
  for (const name of ['X-User-Sub', 'x_user_sub', 'X.User.Sub', 'X+User~Sub', "x'user`sub", 'X!USER|SUB']) {
    t.equal(canonicalName(name), 'x-user-sub', name)
  }
  t.not(canonicalName('X--User-Sub'), 'x-user-sub')
})

t.test('lists every name in its canonical form', async (t) => {
  for (const name of [...droppedFromRequests, ...droppedFromAnswers, ...droppedFromHandshakes]) {
    t.equal(canonicalName(name), name)
  }
})

/** RFC 9110 section 7.6.1, Connection itself included. */
const ofTheStandard = ['connection', 'keep-alive', 'proxy-connection', 'te', 'transfer-encoding', 'upgrade']

t.test('drops in both directions what the standard says is for one connection', async (t) => {
  for (const name of ofTheStandard) t.ok(droppedFromRequests.has(name) && droppedFromAnswers.has(name), name)
})

t.test('says for each direction what it drops beyond the other', async (t) => {
  const beyond = (one: ReadonlySet<string>, other: ReadonlySet<string>) =>
    [...one].filter((name) => !other.has(name)).sort()
  t.same(beyond(droppedFromRequests, droppedFromAnswers), ['expect', 'http2-settings', 'proxy', 'proxy-authorization'])
  t.same(beyond(droppedFromAnswers, droppedFromRequests), ['proxy-authentication-info'])
})

t.test('no other file that handles requests or answers has a list or a form of its own', async (t) => {
  const root = new URL('../../src/', import.meta.url)
  // The configuration is below this room and cannot import it.
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((file) => !file.startsWith('config/'))
  const strays = files
    .filter((file) => file.endsWith('.ts') && file !== 'headers/names.ts')
    .filter((file) => /'proxy-connection'|\[\^a-z0-9\]/.test(readFileSync(new URL(file, root), 'utf8')))
  t.same(strays, [])
})
