/** Worker processes that do only what the test says, for what forks and watches them. */
import type { Child, ChildEvents, Ending, Fork } from '../../src/process/workers/child.ts'
import type { ToPrimary, ToWorker } from '../../src/process/workers/messages.ts'

export interface TestChild {
  readonly pid: number
  readonly sent: readonly ToWorker[]
  readonly isKilled: boolean
  says(message: ToPrimary): void
  ends(ending?: Ending): void
}

export interface Children {
  readonly fork: Fork
  /** In the order they were forked. */
  readonly all: readonly TestChild[]
}

export function createChildren(): Children {
  const all: TestChild[] = []
  const fork = (events: ChildEvents): Child => {
    const pid = 1000 + all.length
    const sent: ToWorker[] = []
    const state = { isKilled: false }
    all.push({
      pid,
      sent,
      get isKilled() {
        return state.isKilled
      },
      says: (message) => events.heard(message),
      ends: (ending = { code: 1, signal: null }) => events.ended(ending),
    })
    return {
      pid,
      send: (message) => sent.push(message),
      kill: () => {
        state.isKilled = true
      },
    }
  }
  return { fork, all }
}
