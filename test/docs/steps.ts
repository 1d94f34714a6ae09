/** Blocks of a page that are typed into a shell: `$ command` lines, each with the lines that it must print below it. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

export interface Step {
  readonly command: string
  readonly expected: readonly string[]
}

export function readSteps(text: string): readonly Step[] {
  const [, ...parts] = text.split(/^\$ /m)
  return parts.map((part) => {
    const [command = '', ...expected] = part.trimEnd().split('\n')
    return { command, expected }
  })
}

/** In one shell, as a reader types them; the outputs in the same order. */
export async function runSteps(
  steps: readonly Step[],
  env: NodeJS.ProcessEnv = process.env,
): Promise<readonly string[]> {
  const script = steps.map(({ command }) => `printf '\\036'\n${command}`).join('\n')
  // A command that fails shows in what it printed; the last one may end as it likes.
  const { stdout } = await promisify(execFile)('bash', ['-c', `${script}\ntrue`], { env: { ...env, NO_PROXY: '*' } })
  return stdout.split('\u001e').slice(1)
}

/** The expected lines that the output does not hold in this order; `…` stands for anything. */
export function missingLines(expected: readonly string[], output: string): readonly string[] {
  const lines = output.split(/\r?\n/)
  let from = 0
  return expected.filter((line) => {
    const pattern = new RegExp(`^${line.split('…').map(escapePattern).join('.*')}$`)
    const at = lines.findIndex((actual, index) => index >= from && pattern.test(actual))
    if (at !== -1) from = at + 1
    return at === -1
  })
}

function escapePattern(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')
}
