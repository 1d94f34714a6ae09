/**
 * What one place of a credential is to the others. Types only.
 */
import type { HeadFields } from '../headers/head-fields.ts'
import type { CredentialHead } from './credentials.ts'

export interface Source {
  /** Every token that is there. An empty text: there is a credential, and no token in it. */
  readonly read: (head: CredentialHead) => readonly string[]
  /** Browsers send it without being asked. */
  readonly isAmbient: boolean
  /** The fields without it; undefined: it is in no header, or may stay there. */
  readonly strip: ((fields: HeadFields) => HeadFields) | undefined
}
