/** The bytes of the token cache, measured: what it says it holds is what the heap grows by, whatever the tokens hold. */
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import t from 'tap'
import { maxBytes, padded, shapes } from './token-memory.ts'

const program = fileURLToPath(new URL('./token-memory.ts', import.meta.url))
/** Compiled code and the shapes it learns: the same whatever the cache may hold. */
const besidesBytes = 384 * 1024

interface Measured {
  /** What the cache says when nearly full, and what the heap has grown by then. */
  readonly counted: number
  readonly held: number
  /** Growth of the heap once many entries have been replaced. */
  readonly flooded: number
}

async function measure(shape: string): Promise<Measured> {
  const { stdout } = await promisify(execFile)(process.execPath, ['--expose-gc', program, shape])
  return JSON.parse(stdout) as Measured
}

for (const shape of [...Object.keys(shapes), padded]) {
  t.test(`counts what tokens hold: ${shape}`, async (t) => {
    const { counted, held, flooded } = await measure(shape)
    t.ok(held <= counted + besidesBytes, `${held} bytes are held, ${counted} are counted`)
    t.ok(held >= counted / 2, 'and at least half of what is counted is held')
    t.ok(flooded <= maxBytes + besidesBytes, `an endless stream of them grows the heap by ${flooded} bytes`)
  })
}
