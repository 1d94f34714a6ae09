/** `cogate doctor` as a user sees it, against an endpoint that answers as the models of the AWS SDK say. */
import { execFileSync } from 'node:child_process'
import t from 'tap'
import { findStrangers } from '../../helpers/aws/models.ts'
import { badPool, badPoolId, goodPool, goodPoolId } from '../../helpers/aws/pools.ts'
import { startScriptedAws } from '../../helpers/aws/scripted.ts'
import { runCogate } from '../../helpers/cogate-process.ts'

const goodGate = {
  COGATE_USER_POOL_ID: goodPoolId,
  COGATE_CLIENT_ID: '1webclient',
  COGATE_UPSTREAM: 'http://127.0.0.1:9',
}

t.test('a pool that is set up well has nothing to mend: exit code 0', async (t) => {
  const aws = await startScriptedAws(t, goodPool)
  const { code, stdout, stderr } = await runCogate(t, ['doctor'], { env: { ...aws.env, ...goodGate } })
  t.equal(stderr, '')
  t.equal(code, 0, stdout)
  t.matchSnapshot(stdout, 'the report')
  t.notMatch(stdout, /never-to-be-seen/)
})

t.test('a pool that nobody looked after: exit code 1, and what mends each thing, in both languages', async (t) => {
  const aws = await startScriptedAws(t, badPool)
  for (const lang of ['en', 'ja']) {
    const { code, stdout } = await runCogate(t, ['doctor', '--pool', badPoolId, '--lang', lang], { env: aws.env })
    t.equal(code, 1)
    t.matchSnapshot(stdout, lang)
    t.notMatch(stdout, '\u001b')
  }
})

t.test('programs read the same as JSON', async (t) => {
  const aws = await startScriptedAws(t, badPool)
  const { code, stdout } = await runCogate(t, ['doctor', '--pool', badPoolId, '--json'], { env: aws.env })
  t.equal(code, 1)
  const { ok, pool, findings, commands } = JSON.parse(stdout)
  t.equal(ok, false)
  t.equal(pool.id, badPoolId)
  t.match(findings[0], {
    check: 'mfa_off',
    verdict: 'failed',
    cli: /set-user-pool-mfa-config --user-pool-id eu-west-1_/,
  })
  t.match(commands[0], /^aws cognito-idp set-user-pool-mfa-config/, 'MFA comes before the update that needs it')
  t.equal(commands.length, 4)
})

t.test(
  'each command that updates is one of Cognito, with every setting of today, and changes only what is wrong',
  async (t) => {
    const aws = await startScriptedAws(t, badPool)
    const { stdout } = await runCogate(t, ['doctor', '--pool', badPoolId, '--json'], { env: aws.env })
    const [pool = '', client = ''] = JSON.parse(stdout).commands.slice(2).map(shellWords)
    t.same(findStrangers('UpdateUserPool', 'input', JSON.parse(pool)), [])
    t.same(findStrangers('UpdateUserPoolClient', 'input', JSON.parse(client)), [])
    t.match(JSON.parse(pool), {
      Policies: { PasswordPolicy: { MinimumLength: 12, RequireNumbers: true } },
      LambdaConfig: { PreTokenGeneration: /:old$/ },
      UserPoolTags: { team: 'it' },
      MfaConfiguration: 'OPTIONAL',
      AdminCreateUserConfig: { AllowAdminCreateUserOnly: false },
    })
    t.match(JSON.parse(client), { ClientName: "spa's", CallbackURLs: { length: 3 }, EnableTokenRevocation: true })
  },
)

/** The last word of the command, as a shell reads it. */
function shellWords(command: string): string {
  return execFileSync('sh', ['-c', `set -- ${command.slice(command.indexOf("'"))}; printf %s "$1"`], {
    encoding: 'utf8',
  })
}

t.test('it only reads, and asks for no user by name, which Cognito would bill', async (t) => {
  const aws = await startScriptedAws(t, goodPool)
  await runCogate(t, ['doctor', '--pool', goodPoolId], { env: aws.env })
  const names = new Set(aws.calls.map(({ operation }) => operation))
  for (const name of names) t.match(name, /^(?:Describe|List|GetUserPool)/)
})

t.test('without the AWS SDK one line says how to get it', async (t) => {
  const hooks = `import { registerHooks } from 'node:module'
registerHooks({ resolve(name, context, next) {
  if (name.startsWith('@aws-sdk/')) throw Object.assign(new Error('none'), { code: 'ERR_MODULE_NOT_FOUND' })
  return next(name, context)
} })`
  const nodeArgs = ['--import', `data:text/javascript,${encodeURIComponent(hooks)}`]
  const { code, stdout, stderr } = await runCogate(t, ['doctor', '--pool', goodPoolId], { nodeArgs })
  t.equal(code, 1)
  t.equal(stdout, '')
  t.match(stderr, /^cogate: the AWS SDK is not installed here\. Get it with: npm install .*\n$/)
})

t.test('a permission that is missing is named, and the rest is looked at', async (t) => {
  const { DescribeUserPool } = goodPool
  const aws = await startScriptedAws(t, { DescribeUserPool } as typeof goodPool)
  const { code, stdout } = await runCogate(t, ['doctor', '--pool', goodPoolId], { env: aws.env })
  t.equal(code, 0)
  t.match(stdout, /^· Not looked at, .*cognito-idp:ListUserPoolClients.*cognito-idp:ListUsers/m)
  t.match(stdout, /✔ The pool is protected/)
  t.notMatch(stdout, /no domain/)
})

t.test('a pool that is not there, and no credentials: one line and exit code 1', async (t) => {
  const aws = await startScriptedAws(t, {
    DescribeUserPool: () => ({ __type: 'ResourceNotFoundException', message: 'User pool does not exist.' }),
  })
  const ask = (env: Record<string, string>) => runCogate(t, ['doctor', '--pool', goodPoolId], { env })
  const gone = await ask(aws.env)
  t.equal(gone.code, 1)
  t.match(gone.stderr, /^cogate: DescribeUserPool: ResourceNotFoundException: .* account of the pool\?\)\n$/)
  const nobody = await ask({ ...aws.env, AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '' })
  t.equal(nobody.code, 1)
  t.match(nobody.stderr, /^cogate: DescribeUserPool: CredentialsProviderError: .*AWS_PROFILE.*\n$/)
})

t.test('words that are wrong are bad usage', async (t) => {
  for (const argv of [
    ['--pool', 'members'],
    ['--pool', goodPoolId, '--lang', 'fr'],
    ['--pool', goodPoolId, '--verbose'],
    [],
  ]) {
    const { code, stderr } = await runCogate(t, ['doctor', ...argv])
    t.equal(code, 64, argv.join(' '))
    t.not(stderr, '')
  }
})
