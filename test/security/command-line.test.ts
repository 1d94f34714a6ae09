/**
 * Attack: another user of the machine reads `/proc/PID/cmdline`. A green run proves that no process of the gate carries
 * configuration there, and that a secret given as a flag is refused.
 */
import { readFileSync } from 'node:fs'
import t from 'tap'
import { collectIssues } from '../../src/config/issues/issues.ts'
import { readFlags } from '../../src/config/read/flags.ts'
import type { Option } from '../../src/config/table/option.ts'
import { string } from '../../src/config/table/option.ts'
import { spawnCrew } from '../helpers/crew.ts'

function commandLineOf(pid: number): readonly string[] {
  return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').slice(0, -1)
}

t.test('the workers of a gate are started with their name alone', async (t) => {
  const crew = await spawnCrew(t)
  t.same(commandLineOf(crew.pid).slice(-2), ['src/main.ts', 'start'])
  for (const worker of [1, 2]) {
    const [node, ...rest] = commandLineOf(crew.pidOf(worker))
    t.equal(node, process.execPath)
    t.match(rest, [/\/src\/main\.ts$/, 'worker'])
    t.equal(rest.length, 2)
  }
})

const secret: Option = { path: 'login.clientSecret', alias: 'clientSecret', type: string, doc: '', secret: true }
const plain: Option = { path: 'login.clientId', type: string, doc: '' }

for (const argv of [
  ['--login-client-secret', 'hunter2'],
  ['--login-client-secret=hunter2'],
  ['--client-secret', 'hunter2'],
  ['--login-client-secert', 'hunter2'],
]) {
  t.test(`${argv.join(' ')} is refused, and what was given is not repeated`, async (t) => {
    const issues = collectIssues()
    const { entries } = readFlags([...argv, '--login-client-id', 'a'], { options: [secret, plain], issues })
    t.match(entries, [{ name: '--login-client-id' }])
    t.equal(entries.length, 1)
    const found = issues.list()
    t.match(found, [{ expected: 'COGATE_LOGIN_CLIENT_SECRET or COGATE_LOGIN_CLIENT_SECRET_FILE' }])
    t.match(found[0]?.fix, 'COGATE_LOGIN_CLIENT_SECRET_FILE=/run/secrets/')
    t.notMatch(JSON.stringify(found), 'hunter2')
  })
}
