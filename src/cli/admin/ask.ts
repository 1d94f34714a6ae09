/** Questions to the person at the terminal: yes or no, and a secret that is not shown. Both are asked on standard error. */
import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import { text } from 'node:stream/consumers'

/** Undefined: there is no terminal to ask at. */
export async function confirm(question: string): Promise<boolean | undefined> {
  if (process.stdin.isTTY !== true) return undefined
  const lines = createInterface({ input: process.stdin, output: process.stderr })
  try {
    return /^y(?:es)?$/i.test((await lines.question(`${question} [y/N] `)).trim())
  } finally {
    lines.close()
  }
}

/** Undefined: there is no terminal to ask at, or nothing was typed. */
export async function askSecret(question: string): Promise<string | undefined> {
  if (process.stdin.isTTY !== true) return undefined
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() })
  const lines = createInterface({ input: process.stdin, output: silent, terminal: true })
  // From here on the terminal shows nothing of what is typed.
  process.stderr.write(question)
  try {
    const typed = await lines.question('')
    return typed === '' ? undefined : typed
  } finally {
    lines.close()
    process.stderr.write('\n')
  }
}

/** The first line of standard input. */
export async function readSecret(): Promise<string> {
  const [line = ''] = (await text(process.stdin)).split(/\r?\n/, 1)
  return line
}
