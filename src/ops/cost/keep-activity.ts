/**
 * Keeps the estimates of active users in a file, so that a restart does not forget the month. A file that cannot be read or
 * written is told in the log and stops nothing.
 */
import { setUnrefTimer } from '../../timer.ts'
import { readIfPresent, replaceFile } from '../../tokens/keys/replace-file.ts'
import { describeError } from '../describe-error.ts'
import type { Logger } from '../log.ts'
import type { ActiveUsers } from './active-users.ts'

export interface KeptActivity {
  /** Writes what is known, and never again. Never rejects. */
  end(): Promise<void>
}

export interface KeepOptions {
  readonly users: ActiveUsers
  /** Undefined: nothing is kept. */
  readonly file: string | undefined
  /** Brings `users` up to date before they are written; default: they are. */
  readonly collect?: () => Promise<void>
  readonly log: Logger
}

const writeIntervalMs = 60_000

/** Reads the file at once. */
export function keepActivity({ users, file, collect = async () => {}, log }: KeepOptions): KeptActivity {
  if (file === undefined) return { end: () => Promise.resolve() }
  readActivity(users, file, log)
  const state = { written: -1, cancel: () => {} }
  const save = async (): Promise<void> => {
    try {
      await collect()
      const { revision } = users
      if (revision === state.written) return
      await replaceFile(file, `${JSON.stringify(users.part())}\n`)
      state.written = revision
    } catch (error) {
      log.warn({ file, err: describeError(error) }, 'active users could not be written')
    }
  }
  const saveLater = (): void => {
    state.cancel = setUnrefTimer(() => void save().then(saveLater), writeIntervalMs)
  }
  saveLater()
  return {
    async end() {
      state.cancel()
      await save()
    },
  }
}

function readActivity(users: ActiveUsers, file: string, log: Logger): void {
  try {
    const text = readIfPresent(file)
    if (text !== undefined) users.merge(JSON.parse(text))
  } catch (error) {
    log.warn({ file, err: describeError(error) }, 'active users could not be read; they are counted anew')
  }
}
