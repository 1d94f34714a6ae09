/**
 * Reads the list of revoked tokens again when its file changes: at once where the file system tells, and else within seconds. A
 * list that cannot be used leaves the one before in use.
 */
import { readFileSync, watch } from 'node:fs'
import { dirname } from 'node:path'
import { describeError } from '../ops/describe-error.ts'
import type { Logger } from '../ops/log.ts'
import type { Denylist } from '../tokens/revocation/denylist.ts'
import { parseDenylist } from '../tokens/revocation/entries.ts'
import { watchFiles } from './watch-files.ts'

export interface DenylistWatch {
  readonly denylist: Denylist
  readonly file: string
  readonly log: Logger
}

/** Returns what ends it. */
export function watchDenylist({ denylist, file, log }: DenylistWatch): () => void {
  const load = () => {
    try {
      denylist.replace('file', parseDenylist(readFileSync(file, 'utf8')))
      log.info({ file, entries: denylist.size }, 'revocations read')
    } catch (error) {
      log.error({ file, err: describeError(error) }, 'revocations not read; the ones before stay in use')
    }
  }
  const endPolling = watchFiles([file], load)
  const endWatching = watchFolder(dirname(file), load)
  return () => {
    endPolling()
    endWatching()
  }
}

/** The folder, because a file is often replaced. Where this cannot be had, the file is looked at every few seconds. */
function watchFolder(folder: string, onChange: () => void): () => void {
  try {
    const watcher = watch(folder, { persistent: false }, onChange)
    watcher.on('error', () => watcher.close())
    return () => watcher.close()
  } catch {
    return () => undefined
  }
}
