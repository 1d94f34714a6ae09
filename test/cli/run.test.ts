/** Arguments that are no command: help, version and unknown words. */
import { readFileSync } from 'node:fs'
import t from 'tap'
import { flagNames } from '../../src/config/table/option.ts'
import { OPTIONS } from '../../src/config/table/options.ts'
import { runCogate } from '../helpers/cogate-process.ts'

const commands = [
  ...['start', 'check', 'explain', 'health', 'revoke', 'report', 'cost'],
  ...['doctor', 'users', 'issuer', 'demo'],
]

t.test('--help names every command and every flag of the option table, and exits 0', async (t) => {
  const { code, stdout, stderr } = await runCogate(t, ['--help'])
  t.equal(code, 0)
  t.equal(stderr, '')
  const [usage = ''] = /^Usage\n(?:.+\n)+/m.exec(stdout) ?? []
  t.same(new Set([...usage.matchAll(/^ {2}cogate (\w+)/gm)].map(([, name]) => name)), new Set(commands))
  const words = new Set(stdout.split(/[\s,[\]]+/))
  const flags = ['--config', '--offline', '--live', '--port', '--help', '--version', ...OPTIONS.flatMap(flagNames)]
  t.same(
    flags.filter((name) => !words.has(name)),
    [],
  )
})

t.test('--help fits a terminal of 120 columns', async (t) => {
  const { stdout } = await runCogate(t, ['--help'])
  t.same(
    stdout.split('\n').filter((line) => line.length > 120),
    [],
  )
  t.notMatch(stdout, /\]\(|`/, 'and holds no marks of documents')
  t.match(stdout, 'docs/forward-auth.md')
})

for (const argv of [['-h'], ['help'], ['start', '--help'], ['issuer', '--port', '1', '-h']]) {
  t.test(`cogate ${argv.join(' ')} prints the help and starts nothing`, async (t) => {
    const { code, stdout } = await runCogate(t, argv)
    t.equal(code, 0)
    t.match(stdout, /^Usage$/m)
  })
}

for (const flag of ['--version', '-v']) {
  t.test(`${flag} prints the version of the package alone`, async (t) => {
    const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))
    t.same(await runCogate(t, [flag]), { code: 0, stdout: `${version}\n`, stderr: '' })
  })
}

t.test('no command is bad usage that says which there are', async (t) => {
  const { code, stdout, stderr } = await runCogate(t, [])
  t.equal(code, 64)
  t.equal(stdout, '')
  t.match(stderr, 'no command given')
  for (const name of [...commands, 'cogate --help']) t.match(stderr, name)
})

for (const name of ['explained', '--config', 'toString', 'worker', '']) {
  t.test(`the unknown command "${name}" is bad usage that says which there are`, async (t) => {
    const { code, stdout, stderr } = await runCogate(t, [name, 'start'])
    t.equal(code, 64)
    t.equal(stdout, '')
    t.match(stderr, name === '' ? 'no command given' : `unknown command "${name}"`)
    for (const known of commands) t.match(stderr, known)
  })
}

t.test('a command behind --version or --help is not run', async (t) => {
  const { code, stdout } = await runCogate(t, ['--version', 'start'])
  t.equal(code, 0)
  t.match(stdout, /^\S+\n$/)
})

t.test('a slip in the name of a command, and flags without a command, are told what to type', async (t) => {
  const cases = [
    [['strat'], 'cogate start'],
    [['chek', '--config', 'cogate.yaml'], 'cogate check'],
    [['user', 'list'], 'cogate users'],
    [['--config', 'cogate.yaml'], 'cogate start --config …'],
    [['--listen=:80'], 'cogate start --listen …'],
  ] as const
  for (const [argv, line] of cases) {
    const { code, stderr } = await runCogate(t, argv)
    t.equal(code, 64)
    t.match(stderr, `write ${line}\n`, argv.join(' '))
  }
  for (const slip of [
    '--session-secrets',
    '--session.secrets',
    '--SESSION_SECRETS',
    '-s',
    'COGATE_SESSION_SECRETS',
    '',
  ]) {
    const { stderr } = await runCogate(t, [`${slip}=hunter2`])
    t.notMatch(stderr, 'hunter2', `a value may be a secret: ${slip}`)
  }
  for (const argv of [['version'], ['x'], ['cogate.yaml'], ['--']])
    t.notMatch((await runCogate(t, argv)).stderr, /write/, argv.join(' '))
})
