/**
 * `cogate --help`, and the help of one command. The commands are described in `commands.ts`, the options of the
 * configuration come from the option table. No option may be listed here.
 */
import { renderHelp } from '../../config/render/describe.ts'
import { wrap } from '../../config/render/wrap.ts'
import type { CommandHelp } from './commands.ts'
import { commandHelp } from './commands.ts'

export function helpText(): string {
  return `cogate: verifies Amazon Cognito tokens in front of a service that has no login of its own

Usage
${Object.entries(commandHelp).map(summarise).join('\n')}
  cogate --help | --version

cogate COMMAND --help says what a command takes, what its exit codes mean, and gives examples.

Three variables are enough: COGATE_USER_POOL_ID, COGATE_CLIENT_ID, COGATE_UPSTREAM

${renderHelp()}`
}

function summarise([name, { does, usage }]: readonly [string, CommandHelp]): string {
  const [only = '', ...more] = usage
  const actions = usage.map((line) => line.split(' ')[1]).join('|')
  return `${writeUsage(more.length === 0 ? only : `${name} ${actions}`)}\n          ${does}`
}

/** Undefined: there is no such command. */
export function commandHelpText(name: string): string | undefined {
  const help = Object.hasOwn(commandHelp, name) ? commandHelp[name] : undefined
  if (help === undefined) return undefined
  const { does, usage, exitCodes, examples, page } = help
  const parts = [
    `cogate ${name}: ${does}`,
    `Usage\n${usage.map(writeUsage).join('\n')}`,
    ...describeOptions(name, help),
    `Exit code\n${exitCodes.map(([code, meaning]) => `  ${code}`.padEnd(6) + meaning).join('\n')}`,
    `Examples\n${examples.map((line) => `  ${line}`).join('\n')}`,
    `More: ${page}`,
  ]
  return `${parts.join('\n\n')}\n${name === 'start' ? `\n${renderHelp()}` : ''}`
}

/** What does not fit goes on with the next line; a flag and its value stay together. */
function writeUsage(usage: string): string {
  const whole = usage.replace(/\[[^[\]]*\]/g, (part) => part.replaceAll(' ', noBreak))
  return wrap(`cogate ${whole}`, '      ').replace(/^ {6}/, '  ').replaceAll(noBreak, ' ')
}

/** Wrapping breaks at white space alone, so this must be none. */
const noBreak = '\u0000'

function describeOptions(name: string, { options, readsConfiguration }: CommandHelp): readonly string[] {
  const width = Math.max(16, ...options.map(([option]) => option.length)) + 2
  const own = options.map(([option, meaning]) => `  ${option.padEnd(width)}${meaning}`)
  const where = name === 'start' ? '' : ': cogate start --help lists them'
  const shared = `  ${'--config FILE'.padEnd(width)}the configuration; its keys are flags and COGATE_ variables too${where}`
  const lines = readsConfiguration ? [...own, shared] : own
  return lines.length === 0 ? [] : [`Options\n${lines.join('\n')}`]
}
