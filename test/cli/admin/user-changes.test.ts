/** The actions of `cogate users` on single users: the calls that reach Cognito, and what the administrator reads. */
import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import t from 'tap'
import { startScriptedAws } from '../../helpers/aws/scripted.ts'
import { createStore, poolId } from '../../helpers/aws/user-store.ts'
import { runCogate } from '../../helpers/cogate-process.ts'

const users = [
  { name: 'anna', changed: 1 },
  { name: 'ben', changed: 1 },
]
const password = 'Correct-Horse-7'

async function open(t: Test, store = createStore({ users })) {
  const aws = await startScriptedAws(t, store)
  const run = (argv: readonly string[], input?: string) => {
    const file = join(t.testdir(), 'input')
    if (input !== undefined) writeFileSync(file, input)
    const options = input === undefined ? {} : { prelude: `exec <'${file}'` }
    return runCogate(t, ['users', ...argv, '--pool', poolId], { env: aws.env, ...options })
  }
  return { aws, run, calls: () => aws.calls.map(({ operation, input }) => [operation, input] as const) }
}

const anna = { UserPoolId: poolId, Username: 'anna' }

t.test('create: Cognito makes the password and sends it by e-mail', async (t) => {
  const { run, calls } = await open(t)
  const argv = [
    'create',
    'anna',
    '--email',
    'anna@example.com',
    '--phone',
    '+819012345678',
    '--attribute',
    'custom:tenant=a=b',
  ]
  t.same(await run(argv), { code: 0, stdout: 'anna: created\n', stderr: '' })
  const UserAttributes = [
    { Name: 'email', Value: 'anna@example.com' },
    { Name: 'phone_number', Value: '+819012345678' },
    { Name: 'custom:tenant', Value: 'a=b' },
  ]
  t.same(calls(), [['AdminCreateUser', { ...anna, UserAttributes, DesiredDeliveryMediums: ['EMAIL'] }]])
})

t.test('create: a password from standard input, for good, without a message, in groups', async (t) => {
  const { run, calls } = await open(t)
  const argv = [
    'create',
    'anna',
    '--password-stdin',
    '--permanent',
    '--no-message',
    '--group',
    'admin',
    '--group',
    'a,b',
  ]
  const { code, stdout, stderr } = await run([...argv, '--email', 'a@example.com', '--verified'], `${password}\n`)
  t.equal(code, 0)
  t.notMatch(stdout + stderr, password)
  t.same(calls(), [
    [
      'AdminCreateUser',
      {
        ...anna,
        UserAttributes: [
          { Name: 'email', Value: 'a@example.com' },
          { Name: 'email_verified', Value: 'true' },
        ],
        TemporaryPassword: password,
        MessageAction: 'SUPPRESS',
      },
    ],
    ['AdminSetUserPassword', { ...anna, Password: password, Permanent: true }],
    ['AdminAddUserToGroup', { ...anna, GroupName: 'admin' }],
    ['AdminAddUserToGroup', { ...anna, GroupName: 'a,b' }],
  ])
})

t.test('create: without an address the message is an SMS', async (t) => {
  const { run, aws } = await open(t)
  await run(['create', 'anna', '--phone', '+819012345678', '--verified'])
  t.match(aws.calls[0]?.input, {
    DesiredDeliveryMediums: ['SMS'],
    UserAttributes: [{}, { Name: 'phone_number_verified' }],
  })
})

t.test('create: what Cognito would refuse later is refused at once', async (t) => {
  const { run, aws } = await open(t)
  const refuse = async (argv: readonly string[], stderr: RegExp, input?: string) =>
    t.match(await run(['create', 'anna', ...argv], input), { code: 64, stdout: '', stderr })
  await refuse(['--phone', '+81-90-1234-5678'], /--phone \+81-90-1234-5678: expected \+819012345678\n/)
  await refuse(['--phone', '090'], /expected \+ and digits/)
  await refuse(['--attribute', 'x'], /expected NAME=VALUE/)
  await refuse(['--password-stdin'], /standard input is empty/, '')
  await refuse(['--permanent'], /--permanent needs a password/)
  await refuse(['--permanent', '--password-stdin'], /the message would hold it.*--no-message/, `${password}\n`)
  await refuse(['--password', password], /Unknown option/)
  await refuse(['ben'], /usage: cogate users create USER/)
  t.same(aws.calls, [])
})

t.test('disable, enable, reset-password and sign-out: one call for each user', async (t) => {
  const { run, calls } = await open(t)
  for (const [action, operation, said] of [
    ['disable', 'AdminDisableUser', /^anna: disabled; access tokens/],
    ['enable', 'AdminEnableUser', /^anna: enabled/],
    ['reset-password', 'AdminResetUserPassword', /gets a code/],
    ['sign-out', 'AdminUserGlobalSignOut', /signed out everywhere; access tokens that are out stay good/],
  ] as const) {
    t.match(await run([action, 'anna', 'ben']), { code: 0, stdout: said })
    t.same(calls().slice(-2), [
      [operation, anna],
      [operation, { ...anna, Username: 'ben' }],
    ])
  }
})

t.test(
  'a user who is not there: exit code 1 and the word of Cognito; it says who is done, and who is not',
  async (t) => {
    const { run, calls } = await open(t)
    const { code, stdout, stderr } = await run(['disable', 'anna', 'no\u001bbody', 'ben'])
    t.equal(code, 1)
    t.match(stdout, /^anna: disabled/)
    const why = 'AdminDisableUser: UserNotFoundException: User does not exist.'
    t.equal(stderr, `cogate: no?body: ${why}; not done: no?body, ben\n`)
    t.equal(calls().length, 2)
  },
)

t.test('delete asks, and without a terminal it wants --yes', async (t) => {
  const { run, calls } = await open(t)
  t.match(await run(['delete', 'anna']), { code: 64, stderr: /add --yes/ })
  t.same(calls(), [])
  t.match(await run(['delete', 'anna', '--yes']), { code: 0, stdout: /^anna: deleted/ })
  t.same(calls(), [['AdminDeleteUser', anna]])
})

t.test('set-mfa: the factor that the user is asked for, or none', async (t) => {
  const { run, calls } = await open(t)
  t.match(await run(['set-mfa', 'anna', 'totp']), { code: 0, stdout: 'anna: asked for totp\n' })
  const on = { Enabled: true, PreferredMfa: true }
  t.same(calls(), [['AdminSetUserMFAPreference', { ...anna, SoftwareTokenMfaSettings: on }]])
  t.match(await run(['set-mfa', 'anna', 'off']), { code: 0, stdout: 'anna: no second factor\n', stderr: '' })
  t.match(calls().at(-1)?.[1], { EmailMfaSettings: { Enabled: false } })
  t.match(await run(['set-mfa', 'anna', 'pigeon']), { code: 64, stderr: /totp, sms, email, off/ })
})

t.test('set-mfa off: a pool without factors by e-mail is told, and is no fault', async (t) => {
  const store = createStore({ users })
  const { run } = await open(t, {
    ...store,
    AdminSetUserMFAPreference: ({ EmailMfaSettings }) =>
      EmailMfaSettings ? { __type: 'FeatureUnavailableInTierException', message: 'Lite' } : {},
  })
  t.match(await run(['set-mfa', 'anna', 'off']), { code: 0, stderr: /FeatureUnavailableInTierException: Lite/ })
})

t.test('groups: shown, added, removed', async (t) => {
  const { run, calls } = await open(t)
  t.match(await run(['groups', 'anna']), { code: 0, stdout: 'admin\nstaff\n', stderr: '' })
  const changed = await run(['groups', 'anna', '--add', 'x', '--remove', 'y'])
  t.match(changed, { code: 0, stderr: /from the next refresh on/ })
  t.match(calls().slice(2, 4), [
    ['AdminAddUserToGroup', { ...anna, GroupName: 'x' }],
    ['AdminRemoveUserFromGroup', { ...anna, GroupName: 'y' }],
  ])
})

/** At a terminal of its own; resolves with everything that it showed. */
async function atTerminal(
  env: Readonly<Record<string, string>>,
  argv: readonly string[],
  answers: readonly [RegExp, string][],
) {
  const command = [process.execPath, 'src/main.ts', 'users', ...argv, '--pool', poolId].join(' ')
  const child = spawn('script', ['-qec', command, '/dev/null'], { env: { ...process.env, ...env } })
  const shown = { text: '' }
  const left = [...answers]
  child.stdout.on('data', (chunk: Buffer) => {
    shown.text += chunk.toString()
    const [next] = left
    if (!next?.[0].test(shown.text)) return
    left.shift()
    child.stdin.write(`${next[1]}\n`)
  })
  const { promise, resolve } = Promise.withResolvers<number | null>()
  child.on('close', resolve)
  return { code: await promise, text: shown.text }
}

t.test('at a terminal: a question before a deletion, and a password that is not shown', async (t) => {
  const { aws, calls } = await open(t)
  const no = await atTerminal(aws.env, ['delete', 'anna'], [[/\[y\/N\]/, 'n']])
  t.match(no, {
    code: 1,
    text: /Delete anna from the user pool ap-northeast-1_AbCdEfGhI for good\? \[y\/N\].*nothing was deleted/s,
  })
  t.same(calls(), [])
  t.match(await atTerminal(aws.env, ['delete', 'anna'], [[/\[y\/N\]/, 'yes']]), { code: 0 })
  const made = await atTerminal(aws.env, ['create', 'anna'], [[/Temporary password/, password]])
  t.match(made, { code: 0, text: /anna: created/ })
  t.notMatch(made.text, password)
  t.equal(aws.calls.at(-1)?.input['TemporaryPassword'], password)
  await atTerminal(aws.env, ['create', 'anna'], [[/Temporary password/, '']])
  t.notOk('TemporaryPassword' in (aws.calls.at(-1)?.input ?? {}))
  const kept = await atTerminal(aws.env, ['cleanup', '--inactive-for', '9d', '--by-change'], [[/\[y\/N\]/, '']])
  t.match(kept, { code: 1, text: /nothing was changed/ })
})
