/** The help of each command: what it says is what the command takes. */
import { readFileSync } from 'node:fs'
import t from 'tap'
import { changeActions } from '../../../src/cli/admin/user-changes.ts'
import { listActions } from '../../../src/cli/admin/user-lists.ts'
import { commandHelp } from '../../../src/cli/help/commands.ts'
import { commandHelpText, helpText } from '../../../src/cli/help/help.ts'
import { loadConfig } from '../../../src/config/load.ts'
import { runCogate } from '../../helpers/cogate-process.ts'

const env = { COGATE_USER_POOL_ID: 'eu-west-1_AbCdEfGhI', COGATE_CLIENT_ID: '7h57kf5cf8b6sl9rexample' }

const source = (file: string) => readFileSync(new URL(`../../../src/cli/${file}`, import.meta.url), 'utf8')

/** Where the flags of a command are read. */
const readers: Readonly<Record<string, readonly string[]>> = {
  start: ['start.ts'],
  check: ['check/check.ts'],
  explain: ['explain.ts'],
  health: ['health/health.ts'],
  revoke: ['revoke/revoke.ts', 'revoke/read-entry.ts'],
  report: ['fleet/report.ts'],
  cost: ['fleet/cost.ts'],
  doctor: ['admin/doctor.ts'],
  issuer: ['issuer.ts'],
  demo: ['demo/demo.ts'],
}

for (const [name, files] of Object.entries(readers)) {
  t.test(`the help of ${name} lists the flags that the command reads, and no other`, async (t) => {
    const read = files.flatMap((file) => [...source(file).matchAll(/'(--[\w-]+)': '(?:value|switch)'/g)])
    const listed = commandHelp[name]?.options.map(([option]) => option.split(' ')[0])
    t.same(
      listed?.filter((flag) => flag !== '--config' && flag?.startsWith('--')).toSorted(),
      read.map(([, flag]) => flag).toSorted(),
    )
  })
}

t.test('the help of users lists each action with its words', async (t) => {
  const actions = { ...listActions, ...changeActions }
  const listed = commandHelp['users']?.usage.map((line) => line.replace(/^users /, ''))
  t.same(
    listed?.toSorted(),
    Object.entries(actions)
      .map(([name, { usage }]) => `${name} ${usage}`)
      .toSorted(),
  )
})

for (const name of Object.keys(commandHelp)) {
  t.test(`cogate ${name} --help is about this command: usage, options, exit codes, an example`, async (t) => {
    const { code, stdout, stderr } = await runCogate(t, [name, '--help'])
    t.match({ code, stderr }, { code: 0, stderr: '' })
    t.match(stdout, new RegExp(`^cogate ${name}: `))
    for (const title of ['Usage', 'Exit code', 'Example']) t.match(stdout, new RegExp(`^${title}s?$`, 'm'))
    t.equal((await runCogate(t, ['help', name])).stdout, stdout, `help ${name} is the same`)
    t.same(
      stdout.split('\n').filter((line) => line.length > 120),
      [],
      'it fits a terminal of 120 columns',
    )
    t.equal(stdout.includes('--upstream-connect-timeout'), name === 'start', 'only start lists the whole configuration')
  })
}

t.test('the general help names each command with the same words', async (t) => {
  for (const { does } of Object.values(commandHelp)) t.match(helpText(), does)
})

t.test('help for something that is no command is the general help', async (t) => {
  for (const argv of [['help', 'toString'], ['--help', 'nothing'], ['nothing', '--help'], ['-h']]) {
    const { code, stdout } = await runCogate(t, argv)
    t.match({ code, stdout }, { code: 0, stdout: /^cogate: verifies/ }, argv.join(' '))
  }
  t.equal(commandHelpText('toString'), undefined)
})

/** They run until a signal comes. */
const lasting = ['start', 'issuer', 'demo']
const examples = Object.entries(commandHelp)
  .filter(([name]) => !lasting.includes(name))
  .flatMap(([, help]) => help.examples)

for (const line of examples) {
  t.test(`the example is no wrong usage: ${line}`, async (t) => {
    const pool = 'userPools: [{ id: ap-northeast-1_AbCdEfGhI, clientIds: [abc], jwksUri: "http://127.0.0.1:1" }]'
    const cwd = t.testdir({ 'cogate.yaml': `${pool}\nupstream: http://127.0.0.1:1\n`, 'token.txt': 'eyJ.eyJ.x\n' })
    const words = [...line.replace('/etc/cogate', cwd).matchAll(/'([^']*)'|(\S+)/g)].map(
      ([, quoted, word]) => quoted ?? word ?? '',
    )
    const [program, ...argv] = words
    t.equal(program, 'cogate')
    const env = { COGATE_CONFIG: 'cogate.yaml', AWS_EC2_METADATA_DISABLED: 'true' }
    const { code, stderr } = await runCogate(t, argv, { cwd, env })
    t.not(code, 64, stderr)
  })
}

for (const name of lasting) {
  t.test(`the examples of ${name} have only flags that exist`, async (t) => {
    for (const line of commandHelp[name]?.examples.filter((each) => each.startsWith('cogate ')) ?? []) {
      const argv = line.split(' ').slice(2)
      if (name === 'start')
        t.doesNotThrow(() => loadConfig({ argv, env, readFile: () => 'upstream: http://app\n' }), line)
      else
        t.same(
          argv.filter((word) => !commandHelp[name]?.options.some(([option]) => option.startsWith(word))),
          [],
        )
    }
  })
}
