/** The memory of the token cache, measured: the heap grows by what the cache has counted, whatever tokens hold. */
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import t from 'tap'
import { audited, maxBytes, padded, shapes, signed } from './token-memory.ts'

const program = fileURLToPath(new URL('./token-memory.ts', import.meta.url))
/** Compiled code and object shapes of V8, which do not depend on the size of the cache. */
const besidesBytes = 384 * 1024

interface Measured {
  /** What the cache has counted when it is nearly full, and how much the heap has grown until then. */
  readonly counted: number
  readonly held: number
  /** How much the heap has grown after many entries were replaced. */
  readonly flooded: number
}

async function measure(shape: string): Promise<Measured> {
  const { stdout } = await promisify(execFile)(process.execPath, ['--expose-gc', program, shape])
  return JSON.parse(stdout) as Measured
}

for (const shape of [...Object.keys(shapes), padded, audited, signed]) {
  t.test(`counts what tokens hold: ${shape}`, async (t) => {
    const { counted, held, flooded } = await measure(shape)
    t.ok(held <= counted + besidesBytes, `${held} bytes are held, ${counted} are counted`)
    t.ok(held >= counted / 2, 'and at least half of what is counted is held')
    t.ok(flooded <= maxBytes + besidesBytes, `an endless stream of them grows the heap by ${flooded} bytes`)
  })
}
