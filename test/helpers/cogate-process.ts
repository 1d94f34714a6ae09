/** The real command line: `node src/main.ts …` as a process of its own, read as a user reads it. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Test } from 'tap'

const mainFile = fileURLToPath(new URL('../../src/main.ts', import.meta.url))
const compileCache = fileURLToPath(new URL('../../node_modules/.cache/tests', import.meta.url))

export interface CogateOptions {
  /** Beside the variables of this process, of which every COGATE_ one is taken out. */
  readonly env?: Readonly<Record<string, string | undefined>>
  readonly cwd?: string
  /** Before the program: `--import` and the like. */
  readonly nodeArgs?: readonly string[]
  /** Shell commands before it, in its process: `ulimit`, `exec >file`. */
  readonly prelude?: string
}

export type Ending = number | NodeJS.Signals

export interface CogateProcess {
  readonly stdout: string
  readonly stderr: string
  /** Resolves with stdout as soon as it matches; rejects when the process ends before. */
  printed(pattern: RegExp): Promise<string>
  kill(signal: NodeJS.Signals): void
  /** From now on nobody reads its standard output. */
  stopReading(): void
  readOn(): void
  /** Exit code, or the signal that ended it; everything it wrote has been read by then. */
  readonly ended: Promise<Ending>
}

/** Killed at the end of the test if it still runs. */
export function spawnCogate(t: Test, argv: readonly string[], options: CogateOptions = {}): CogateProcess {
  const command = [process.execPath, ...(options.nodeArgs ?? []), mainFile, ...argv]
  const [program = '', ...args] =
    options.prelude === undefined ? command : ['bash', '-c', `${options.prelude}; exec "$@"`, 'bash', ...command]
  const child = spawn(program, args, {
    env: { ...inheritedEnvironment(), ...options.env },
    cwd: options.cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const output = collectOutput(child)
  const ended = once(child, 'close').then(([code, signal]) => (code ?? signal) as Ending)
  t.teardown(async () => {
    child.kill('SIGKILL')
    await ended
  })
  return {
    get stdout() {
      return output.stdout
    },
    get stderr() {
      return output.stderr
    },
    async printed(pattern) {
      while (!pattern.test(output.stdout)) {
        // Both settle after the text that came with them has been collected.
        const ending = await Promise.race([once(child.stdout, 'data').then(() => undefined), ended])
        if (ending === undefined || pattern.test(output.stdout)) continue
        throw new Error(`ended with ${ending} before it printed ${pattern}:\n${output.stdout}${output.stderr}`)
      }
      return output.stdout
    },
    kill: (signal) => child.kill(signal),
    stopReading: () => void child.stdout.pause(),
    readOn: () => void child.stdout.resume(),
    ended,
  }
}

export interface CogateRun {
  readonly code: Ending
  readonly stdout: string
  readonly stderr: string
}

/** For commands that end by themselves. */
export async function runCogate(t: Test, argv: readonly string[], options: CogateOptions = {}): Promise<CogateRun> {
  const cogate = spawnCogate(t, argv, options)
  const code = await cogate.ended
  return { code, stdout: cogate.stdout, stderr: cogate.stderr }
}

/**
 * Node compiles the program once for all of these processes, which is most of the time that a short command takes. Not for the tests
 * themselves: coverage misses field initializers that come from the cache.
 */
export function inheritedEnvironment(): NodeJS.ProcessEnv {
  const variables = Object.entries(process.env).filter(([name]) => !name.startsWith('COGATE_'))
  return { NODE_COMPILE_CACHE: compileCache, ...Object.fromEntries(variables) }
}

function collectOutput({ stdout, stderr }: ChildProcess): { readonly stdout: string; readonly stderr: string } {
  const output = { stdout: '', stderr: '' }
  stdout?.setEncoding('utf8').on('data', (text: string) => {
    output.stdout += text
  })
  stderr?.setEncoding('utf8').on('data', (text: string) => {
    output.stderr += text
  })
  return output
}
