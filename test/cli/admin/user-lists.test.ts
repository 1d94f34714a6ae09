/** `cogate users list` and `cleanup`: what is shown, what is changed, and how a walk that stops goes on. */
import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import type { Test } from 'tap'
import t from 'tap'
import type { Script } from '../../helpers/aws/scripted.ts'
import { startScriptedAws } from '../../helpers/aws/scripted.ts'
import type { StoredUser } from '../../helpers/aws/user-store.ts'
import { createStore, day, poolId } from '../../helpers/aws/user-store.ts'
import { runCogate, spawnCogate } from '../../helpers/cogate-process.ts'

const now = Math.floor(Date.now() / 1000)
const long = Date.parse('2020-05-06T07:08:09Z') / 1000

const users: readonly StoredUser[] = [
  {
    name: 'anna',
    changed: long,
    attributes: { email: 'anna@example.com', email_verified: 'true', phone_number: '+819012345678' },
  },
  { name: 'ben', changed: now - day, attributes: { email: '=cmd|"/c calc"!A1' } },
  { name: 'cy\u001b[2J', changed: long, enabled: false, attributes: { email: '+cy,@example.com' } },
]

async function open(t: Test, script: Script) {
  const aws = await startScriptedAws(t, script)
  const run = (...argv: readonly string[]) =>
    runCogate(t, ['users', ...argv], {
      env: { ...aws.env, COGATE_USER_POOL_ID: poolId, COGATE_CLIENT_ID: 'x', COGATE_UPSTREAM: 'http://127.0.0.1:9' },
    })
  const named = (name: string) => aws.calls.filter(({ operation }) => operation === name).map(({ input }) => input)
  return { aws, run, named }
}

t.test('users of all pages, a line each, and nothing that steers the terminal', async (t) => {
  const { run, named } = await open(t, createStore({ users }))
  const { code, stdout, stderr } = await run('list')
  t.equal(code, 0)
  t.equal(stderr, '')
  t.match(stdout, /^anna {34}CONFIRMED {14}changed 2020-05-06 {2}anna@example\.com$/m)
  t.match(stdout, /^cy\?\[2J .*CONFIRMED, disabled/m)
  t.equal(stdout.trim().split('\n').length, 3)
  t.same(named('ListUsers'), [
    { UserPoolId: poolId, Limit: 60 },
    { UserPoolId: poolId, Limit: 60, PaginationToken: 'from-2' },
  ])
})

t.test('CSV quotes as RFC 4180 says, and a spreadsheet runs none of it', async (t) => {
  const { run } = await open(t, createStore({ users }))
  const { stdout } = await run('list', '--csv')
  const [head, anna, ben, cy] = stdout.split('\r\n')
  t.equal(head, 'username,sub,status,enabled,email,emailVerified,phoneNumber,created,changed')
  t.equal(
    anna,
    'anna,sub-of-anna,CONFIRMED,true,anna@example.com,true,+819012345678,2020-05-05T07:08:09.000Z,2020-05-06T07:08:09.000Z',
  )
  t.match(ben, `"'=cmd|""/c calc""!A1"`)
  t.match(cy, `"'+cy,@example.com"`)
})

t.test('CSV and JSON steer no terminal either, and JSON keeps every character', async (t) => {
  const email = '\u009b2J\u202e\rx\u2028@example.com'
  const { run } = await open(t, createStore({ users: [{ name: '\uff1dcmd', changed: long, attributes: { email } }] }))
  const csv = (await run('list', '--csv')).stdout
  t.match(csv, `\r\n'\uff1dcmd,`, 'a wide sign begins a formula in some spreadsheets')
  t.match(csv, ',?2J??x?@example.com,')
  const { stdout } = await run('list', '--json')
  t.notMatch(stdout, /[^\P{C}\n]|\p{Zl}/u)
  t.match(JSON.parse(stdout), [{ email }])
})

t.test('JSON is one document, also without users', async (t) => {
  const { run } = await open(t, createStore({ users }))
  const rows = JSON.parse((await run('list', '--json')).stdout)
  t.match(rows, [{ username: 'anna', enabled: true, emailVerified: true }, { username: 'ben' }, { enabled: false }])
  const none = await open(t, createStore({}))
  t.equal((await none.run('list', '--json')).stdout, '[]\n')
})

t.test('a filter and a group go to Cognito', async (t) => {
  const { run, named } = await open(t, createStore({ users }))
  await run('list', '--filter', 'email ^= "a"')
  t.equal(named('ListUsers')[0]?.['Filter'], 'email ^= "a"')
  t.equal((await run('list', '--group', 'admin')).stdout.trim().split('\n').length, 3)
  t.same(named('ListUsersInGroup')[1], { UserPoolId: poolId, Limit: 60, GroupName: 'admin', NextToken: 'from-2' })
})

t.test('a list of a few users says how to go on, and goes on', async (t) => {
  const { run, named } = await open(t, createStore({ users }))
  const { code, stderr } = await run('list', '--max', '2')
  t.equal(code, 0)
  t.match(stderr, /--resume 'from-2'\n$/)
  t.equal(named('ListUsers')[0]?.['Limit'], 2)
  const rest = await run('list', '--resume', 'from-2')
  t.match(rest.stdout, /^cy/)
})

t.test('the last activity is a sign-in, a session or a change, whichever came last', async (t) => {
  const active = [
    { name: 'anna', changed: long, signIns: [long + 9 * day, long + 2 * day], sessions: [long + 5 * day] },
    { name: 'ben', changed: long, sessions: [long + 5 * day] },
    { name: 'cy', changed: long },
  ]
  const { run } = await open(t, createStore({ users: active, threatProtection: true, sessionTracking: true }))
  const rows = JSON.parse((await run('list', '--json', '--last-activity')).stdout)
  t.match(rows, [
    { lastActive: '2020-05-15T07:08:09.000Z', lastActiveBy: 'sign-in' },
    { lastActive: '2020-05-11T07:08:09.000Z', lastActiveBy: 'session' },
    { lastActive: '2020-05-06T07:08:09.000Z', lastActiveBy: 'change' },
  ])
  t.match((await run('list', '--csv', '--last-activity')).stdout, /^username,.*,lastActive,lastActiveBy\r\n/)
  t.match((await run('list', '--last-activity')).stdout, /active 2020-05-15 \(sign-in\)/)
})

t.test('a pool that cannot tell of sessions, and a user who goes while the list is read, stop nothing', async (t) => {
  const store = createStore({ users, threatProtection: true })
  const { GetUserPoolSessionConfiguration: _, ...rest } = store
  const { run } = await open(t, { ...rest, AdminListUserAuthEvents: () => ({ __type: 'UserNotFoundException' }) })
  const { code, stdout } = await run('list', '--last-activity')
  t.equal(code, 0)
  t.match(stdout, /active 2020-05-06 \(change\)/)
})

t.test('a throttled call is tried again', async (t) => {
  const store = createStore({ users: users.slice(0, 1) })
  const tries = { count: 0 }
  const ListUsers: Script[string] = (input) =>
    ++tries.count < 3
      ? { __type: 'TooManyRequestsException', message: 'slow down' }
      : (store['ListUsers']?.(input) ?? {})
  const { run } = await open(t, { ...store, ListUsers })
  const { code, stdout } = await run('list')
  t.equal(code, 0)
  t.match(stdout, /^anna/)
  t.equal(tries.count, 3)
})

t.test('a fault on the way: exit code 1, what was read stays a document, and how to go on', async (t) => {
  const store = createStore({ users })
  const ListUsers: Script[string] = (input) =>
    input['PaginationToken'] === undefined
      ? (store['ListUsers']?.(input) ?? {})
      : { __type: 'InvalidParameterException', message: 'no' }
  const { run } = await open(t, { ...store, ListUsers })
  const { code, stdout, stderr } = await run('list', '--json')
  t.equal(code, 1)
  t.equal(JSON.parse(stdout).length, 2)
  t.match(stderr, /^cogate users: ListUsers: InvalidParameterException: no\nTo go on.*--resume 'from-2'\n$/)
})

t.test('Ctrl-C ends a list at a page and says how to go on', async (t) => {
  const many = Array.from({ length: 400 }, (_, index) => ({ name: `user-${index}`, changed: long }))
  const aws = await startScriptedAws(t, createStore({ users: many }))
  const argv = ['users', 'list', '--pool', poolId, '--pace', '20']
  const list = spawnCogate(t, argv, { env: aws.env })
  await list.printed(/user-3/)
  list.kill('SIGINT')
  t.equal(await list.ended, 1)
  t.match(list.stderr, /--resume 'from-\d+'\n$/)
})

t.test('a list whose reader has gone ends at a page, says how to go on, and asks no more', async (t) => {
  const many = Array.from({ length: 400 }, (_, index) => ({ name: `user-${index}`, changed: long }))
  const aws = await startScriptedAws(t, createStore({ users: many }))
  const line = `"${process.execPath}" src/main.ts users list --pool ${poolId} --pace 20 | head -n 1; echo "\${PIPESTATUS[0]}"`
  const child = spawn('bash', ['-c', line], { env: { ...process.env, ...aws.env } })
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)])
  t.match(stdout, /^user-0 .*\n1\n$/)
  t.match(stderr, /^To go on.*--resume 'from-\d+'\n$/)
  t.ok(aws.calls.length < 100, `${aws.calls.length} calls`)
})

t.test('a long list says how far it is', async (t) => {
  const page = { Users: Array.from({ length: 60 }, (_, index) => ({ Username: `user-${index}` })) }
  const ListUsers: Script[string] = ({ PaginationToken: token = '0' }) => {
    const at = Number(token)
    return at === 10 ? page : { ...page, PaginationToken: String(at + 1) }
  }
  const { run } = await open(t, { ListUsers })
  const { stdout, stderr } = await run('list', '--pace', '25')
  t.equal(stdout.trim().split('\n').length, 660)
  t.equal(stderr, '600 users so far\n')
})

const stale: readonly StoredUser[] = [
  { name: 'anna', changed: long },
  { name: 'ben', changed: long, signIns: [now - 3 * day] },
  { name: 'cy', changed: long, enabled: false },
  { name: 'dan', changed: now - day },
]

t.test('cleanup shows whom it would take, and changes nothing', async (t) => {
  const { run, aws } = await open(t, createStore({ users: stale, threatProtection: true }))
  const { code, stdout, stderr } = await run('cleanup', '--inactive-for', '365d', '--dry-run')
  t.equal(code, 0)
  t.match(stdout, /^would be disabled {2}anna .* active 2020-05-06 \(change\)\n$/)
  t.equal(stderr, '1 users would be disabled\n')
  t.notOk(aws.calls.some(({ operation }) => /Disable|Delete/.test(operation)))
  t.notOk(
    aws.calls.some(({ input }) => input['Username'] === 'dan'),
    'who has changed is not asked about',
  )
})

t.test('cleanup disables, or deletes where that is asked for; who signs in stays', async (t) => {
  const { run, named } = await open(t, createStore({ users: stale, threatProtection: true }))
  t.match(await run('cleanup', '--inactive-for', '365d', '--yes'), { code: 0, stdout: /^disabled {2}anna .*\n$/ })
  t.same(named('AdminDisableUser'), [{ UserPoolId: poolId, Username: 'anna' }])
  t.match(await run('cleanup', '--inactive-for', '365d', '--delete', '--yes'), { code: 0, stdout: /anna[\s\S]*cy/ })
  t.same(
    named('AdminDeleteUser').map(({ Username }) => Username),
    ['anna', 'cy'],
  )
})

t.test('cleanup that stops says how to go on', async (t) => {
  const { AdminDisableUser: _, ...store } = createStore({ users: stale, threatProtection: true })
  const { run } = await open(t, store)
  const { code, stderr } = await run('cleanup', '--inactive-for', '365d', '--yes', '--resume', 'from-0')
  t.equal(code, 1)
  t.match(stderr, /AccessDeniedException: .*cognito-idp:AdminDisableUser\)\nTo go on.*'from-0'\n0 users disabled\n$/)
})

t.test('without a record of sign-ins, cleanup does not guess unless it is told to', async (t) => {
  const { run } = await open(t, createStore({ users: stale }))
  t.match(await run('cleanup', '--inactive-for', '365d', '--dry-run'), {
    code: 64,
    stderr: /threat protection is off.*--by-change/,
  })
  t.match(await run('cleanup', '--inactive-for', '365d', '--dry-run', '--by-change'), {
    code: 0,
    stdout: /anna[\s\S]*ben/,
  })
})

t.test('words that are wrong are bad usage, and nothing is asked of AWS', async (t) => {
  const { run, aws } = await open(t, createStore({ users, threatProtection: true }))
  for (const argv of [
    [],
    ['purge'],
    ['list', 'anna'],
    ['list', '--csv', '--json'],
    ['list', '--filter', 'a', '--group', 'b'],
    ['list', '--max', '0'],
    ['list', '--pace', '1000'],
    ['list', '--pool', 'members'],
    ['list', '--colour'],
  ])
    t.match(await run(...argv), { code: 64, stdout: '', stderr: /^cogate users: / }, argv.join(' '))
  t.same(aws.calls, [])
  for (const argv of [['cleanup'], ['cleanup', '--inactive-for', '1y'], ['cleanup', '--inactive-for', '9d']])
    t.match(await run(...argv), { code: 64, stdout: '' }, argv.join(' '))
})
