/**
 * A file that is read at the start and replaced in one step: whoever reads it sees the old text or the new one. Pipes and
 * devices are refused.
 */
import { randomUUID } from 'node:crypto'
import type { Stats } from 'node:fs'
import { readFileSync, statSync } from 'node:fs'
import { open, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'

/** When this fails, an earlier file stays as it is. Only the owner may read the new one. */
export async function replaceFile(path: string, text: string): Promise<void> {
  refuseSpecial(statIfPresent(path))
  // In the same directory, because a rename is a single step only within one file system.
  const temporary = join(dirname(path), `.${basename(path)}.${randomUUID()}.tmp`)
  try {
    await writeThrough(temporary, text)
    await rename(temporary, path)
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
}

async function writeThrough(path: string, text: string): Promise<void> {
  const file = await open(path, 'wx', 0o600)
  try {
    await file.writeFile(text)
    await file.sync()
  } finally {
    await file.close()
  }
}

/** Throws like `readFileSync`. */
export function readIfPresent(path: string): string | undefined {
  const stats = statIfPresent(path)
  refuseSpecial(stats)
  return stats && readFileSync(path, 'utf8')
}

function statIfPresent(path: string): Stats | undefined {
  return statSync(path, { throwIfNoEntry: false })
}

/** Reading a pipe or a device may never end, and the rename would put a file in the place of `/dev/null`. */
function refuseSpecial(stats: Stats | undefined): void {
  if (stats && !stats.isFile() && !stats.isDirectory()) throw new TypeError('no regular file')
}
