/**
 * The command line: picks the command, reads the environment once, turns errors into messages and exit codes. Commands
 * must get everything they use as arguments.
 */
import { ConfigError, FaultError } from '../errors.ts'
import { readArguments } from './arguments.ts'
import type { Command, Terminal } from './command.ts'
import { workerCommand } from './command.ts'
import { boundHeapGrowth } from './heap-growth.ts'
import { refuseUnsafeSettings } from './node-settings.ts'
import { readVersion } from './version.ts'

/** Loaded when they are needed, like help and messages: a worker should not hold code that it never runs. */
const commands: Readonly<Record<string, () => Promise<Command>>> = {
  start: async () => (await import('./start.ts')).startCommand,
  check: async () => (await import('./check/check.ts')).checkCommand,
  explain: async () => (await import('./explain.ts')).explainCommand,
  health: async () => (await import('./health/health.ts')).healthCommand,
  revoke: async () => (await import('./revoke/revoke.ts')).revokeCommand,
  report: async () => (await import('./fleet/report.ts')).reportCommand,
  cost: async () => (await import('./fleet/cost.ts')).costCommand,
  doctor: async () => (await import('./admin/doctor.ts')).doctorCommand,
  users: async () => (await import('./admin/users.ts')).usersCommand,
  issuer: async () => (await import('./issuer.ts')).issuerCommand,
  demo: async () => (await import('./demo/demo.ts')).demoCommand,
}

/** They count anywhere, also behind a command. */
const helpFlags = { '--help': 'switch', '-h': 'switch' } as const

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
  if (name === 'help' || readArguments(argv, helpFlags).given.size > 0) {
    const { commandHelpText, helpText } = await import('./help/help.ts')
    const about = name === 'help' ? (rest[0] ?? '') : name
    terminal.print(commandHelpText(about) ?? helpText())
    return exitCode.ok
  }
  if (name === '--version' || name === '-v') {
    terminal.print(`${readVersion()}\n`)
    return exitCode.ok
  }
  const load = findCommand(name)
  if (!load) {
    terminal.warn(await describeUnknown(name))
    return exitCode.usage
  }
  refuseUnsafeSettings({ execArgv: process.execArgv, env: terminal.env })
  boundHeapGrowth()
  const command = await load()
  return command(rest, terminal)
}

/** Never repeats what stands behind `=`: it may be a secret. */
async function describeUnknown(name: string): Promise<string> {
  const [given = ''] = name.split('=', 1)
  const isFlag = /^--[a-z][\w-]*$/.test(given)
  const problem = name === '' ? 'no command given' : `unknown command "${given.slice(0, 40)}"`
  const names = Object.keys(commands)
  const { findNearest } = await import('../config/issues/nearest.ts')
  const near = isFlag ? `start ${given} …` : findNearest(given, names)
  const advice = near === undefined ? '' : `; write cogate ${near}\n`
  return `cogate: ${problem}; one of: ${names.join(', ')} (cogate --help)${advice || '\n'}`
}

/** Only a primary can run a worker: it gives the process a channel. */
function findCommand(name: string): (() => Promise<Command>) | undefined {
  if (name === workerCommand && process.send)
    return async () => (await import('../process/workers/worker.ts')).runWorker
  return Object.hasOwn(commands, name) ? commands[name] : undefined
}

function openTerminal(): Terminal {
  // Whoever reads only the first lines of a list has gone, and that is no fault.
  process.stdout.on('error', ignoreGone)
  return {
    env: { ...process.env },
    isTerminal: process.stdout.isTTY === true,
    colours: process.stdout.isTTY === true && process.env.NO_COLOR === undefined,
    print: (text) => process.stdout.write(text),
    warn: (text) => process.stderr.write(text),
  }
}

function ignoreGone(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error
}

async function reportError(error: unknown, terminal: Terminal): Promise<number> {
  if (error instanceof ConfigError) {
    const { renderIssues } = await import('../config/render/issue-text.ts')
    terminal.warn(renderIssues(error.issues))
    return exitCode.usage
  }
  if (error instanceof FaultError) {
    terminal.warn(`cogate: ${error.message}\n`)
    return exitCode.fault
  }
  throw error
}
