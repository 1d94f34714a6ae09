/**
 * The command line: picks the command, reads the environment once, turns errors into messages and exit codes. Commands
 * get everything they use as arguments.
 */
import { renderIssues } from '../config/describe.ts'
import { ConfigError, FaultError } from '../errors.ts'
import { checkCommand } from './check.ts'
import type { Terminal } from './command.ts'
import { demoCommand } from './demo.ts'
import { helpText } from './help.ts'
import { issuerCommand } from './issuer.ts'
import { startCommand } from './start.ts'
import { readVersion } from './version.ts'

const commands = {
  start: startCommand,
  check: checkCommand,
  issuer: issuerCommand,
  demo: demoCommand,
} as const

const exitCode = { ok: 0, fault: 1, usage: 64 } as const

/** Resolves to the exit code: 0, 1 for a fault, 64 for bad usage or configuration. */
export async function run(argv: readonly string[]): Promise<number> {
  const terminal = openTerminal()
  try {
    return await runCommand(argv, terminal)
  } catch (error) {
    return reportError(error, terminal)
  }
}

async function runCommand(argv: readonly string[], terminal: Terminal): Promise<number> {
  const [name = '', ...rest] = argv
  if (argv.includes('--help') || argv.includes('-h') || name === 'help') {
    terminal.print(helpText())
    return exitCode.ok
  }
  if (name === '--version' || name === '-v') {
    terminal.print(`${readVersion()}\n`)
    return exitCode.ok
  }
  if (!isCommand(name)) {
    const problem = name === '' ? 'no command given' : `unknown command "${name.slice(0, 40)}"`
    terminal.warn(`cogate: ${problem}; one of: ${Object.keys(commands).join(', ')} (cogate --help)\n`)
    return exitCode.usage
  }
  return commands[name](rest, terminal)
}

function isCommand(name: string): name is keyof typeof commands {
  return Object.hasOwn(commands, name)
}

function openTerminal(): Terminal {
  return {
    env: { ...process.env },
    colours: process.stdout.isTTY === true && process.env.NO_COLOR === undefined,
    print: (text) => process.stdout.write(text),
    warn: (text) => process.stderr.write(text),
  }
}

function reportError(error: unknown, terminal: Terminal): number {
  if (error instanceof ConfigError) {
    terminal.warn(renderIssues(error.issues))
    return exitCode.usage
  }
  if (error instanceof FaultError) {
    terminal.warn(`cogate: ${error.message}\n`)
    return exitCode.fault
  }
  throw error
}
