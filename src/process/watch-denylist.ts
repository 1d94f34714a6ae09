/**
 * Reads the list of revoked tokens again when its file changes: at once where the file system tells, and else within seconds. A
 * list that cannot be used leaves the one before in use.
 */
import type { Stats } from 'node:fs'
import { readFileSync, statSync, watch } from 'node:fs'
import { dirname } from 'node:path'
import { describeError } from '../ops/describe-error.ts'
import type { Logger } from '../ops/log.ts'
import type { SetTimer } from '../timer.ts'
import { setUnrefTimer } from '../timer.ts'
import type { Denylist } from '../tokens/revocation/denylist.ts'
import { parseDenylist } from '../tokens/revocation/entries.ts'
import { watchFiles } from './watch-files.ts'

export interface DenylistWatch {
  readonly denylist: Denylist
  readonly file: string
  readonly log: Logger
  /** Default: that of the system. */
  readonly setTimer?: SetTimer
}

/** Who writes over a file empties it first, and whoever is on the list would be let in for that moment. */
const settleMs = 1000

/** Returns what ends it. */
export function watchDenylist({ denylist, file, log, setTimer = setUnrefTimer }: DenylistWatch): () => void {
  let inode = inodeOf(file)
  let cancel: (() => void) | undefined
  const take = (): void => {
    cancel?.()
    cancel = undefined
    try {
      denylist.replace('file', parseDenylist(readFileSync(file, 'utf8')))
      inode = inodeOf(file)
      log.info({ file, entries: denylist.size }, 'revocations read')
    } catch (error) {
      log.error({ file, err: describeError(error) }, 'revocations not read; the ones before stay in use')
    }
  }
  const load = (): void => {
    if (isEmptied(file, inode) && denylist.size > 0) cancel ??= setTimer(take, settleMs)
    else take()
  }
  const endPolling = watchFiles([file], load)
  const endWatching = watchFolder(dirname(file), load)
  return () => {
    cancel?.()
    endPolling()
    endWatching()
  }
}

/** The same file as before, without a byte. One that was put in its place is empty on purpose. */
function isEmptied(file: string, inode: number | undefined): boolean {
  const stats = lookAt(file)
  return stats?.size === 0 && stats.ino === inode
}

function inodeOf(file: string): number | undefined {
  return lookAt(file)?.ino
}

/** Undefined where nobody can. */
function lookAt(file: string): Stats | undefined {
  try {
    return statSync(file)
  } catch {
    return undefined
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
