/** What a reader of a user pool is given. */
import type { Cognito } from '../cognito.ts'
import type { Paced } from '../pace.ts'

export interface Reading {
  readonly cognito: Cognito
  readonly paced: Paced
  readonly now: () => number
  /** Looks at every user, and not only at the first ones. */
  readonly all: boolean
  /** Told how many users have been looked at. */
  readonly onProgress: (users: number) => void
}
