/**
 * What the login room tells whoever logs and counts. Never a token, a code or a cookie.
 */

import type { CallResult, CognitoError, Operation } from './oauth/cognito.ts'
import type { ApiOperation } from './oauth/cognito-api.ts'

export type SignInEvent =
  | { readonly result: 'ok'; readonly requestId: string }
  | { readonly result: 'failed'; readonly requestId: string; readonly cause: string }

export interface LoginEvents {
  readonly onSignIn: (event: SignInEvent) => void
  readonly onSignOut: (requestId: string) => void
  readonly onRefresh: (result: 'ok' | 'ended' | 'failed', error?: CognitoError) => void
  /** The store of the sessions is away, or back. */
  readonly onStore: (isReachable: boolean, detail: string) => void
  /** `fault`: what has to be mended, in the words of Cognito. */
  readonly onCall: (operation: Operation | ApiOperation, result: CallResult, fault?: string) => void
}
