/**
 * What a test asks of the running look-alike: that it misbehaves, and how often it was asked. It is set on the object
 * in this process and never over HTTP.
 */
import type { IssuerForm } from './issuer-forms.ts'

/** Things that stay wrong until they are put right. */
export interface LoginFaults {
  /** `acr_values` has no effect, as below the plan Essentials. */
  ignoreAcr?: boolean
  /** The `iss` of new ID tokens takes this form. */
  idTokenIssuer?: IssuerForm | undefined
  /** The `iss` of new access tokens takes this form. */
  accessTokenIssuer?: IssuerForm | undefined
  /** A refresh returns no ID token. */
  omitIdTokenOnRefresh?: boolean
  /** A refresh returns tokens of somebody else. */
  otherSubjectOnRefresh?: boolean
}

/**
 * What happens to one token request. A status or an OAuth error is answered before anything is done. `hang` waits for
 * `release()` and then goes on as if nothing had been wrong. `close` cuts the connection before anything is done, and
 * `lose` after everything is done: the code is spent or the refresh token rotated, and nobody is told.
 */
export type TokenFault = number | 'invalid_grant' | 'invalid_client' | 'unauthorized_client' | 'hang' | 'close' | 'lose'

export interface TokenFaultOptions {
  /** How many requests; default 1. */
  readonly count?: number | undefined
  /** Only requests of this grant; default any. */
  readonly grant?: string | undefined
}

export interface Desk {
  readonly faults: LoginFaults
  failNext(fault: TokenFault, options?: TokenFaultOptions): void
  /** Lets the token requests that hang go on. The number of them. */
  release(): number
  /** Token requests received so far, of one grant or of all. */
  tokenRequests(grant?: string): number
  /** Resolves once that many token requests have been received. */
  tokenRequested(count: number): Promise<void>
  /** Requests to the revocation endpoint received so far. */
  readonly revocations: number
}

/** What the endpoints tell the desk. */
export interface Inbox {
  /** Counts a token request, and returns the fault that it meets. */
  takeTokenRequest(grant: string): TokenFault | undefined
  takeRevocation(): void
  /** Resolves on `release()`. */
  hang(): Promise<void>
}

interface PlannedFault {
  readonly fault: TokenFault
  readonly grant: string | undefined
}

export function createDesk(): Desk & Inbox {
  const planned: PlannedFault[] = []
  const grants: string[] = []
  const hanging: (() => void)[] = []
  const waiting: { readonly count: number; readonly resolve: () => void }[] = []
  let revocations = 0
  return {
    faults: {},
    failNext(fault, { count = 1, grant } = {}) {
      planned.push(...Array.from({ length: count }, () => ({ fault, grant })))
    },
    release() {
      const released = hanging.splice(0)
      for (const resolve of released) resolve()
      return released.length
    },
    tokenRequests: (grant) => grants.filter((seen) => grant === undefined || seen === grant).length,
    tokenRequested: (count) =>
      grants.length >= count ? Promise.resolve() : new Promise((resolve) => waiting.push({ count, resolve })),
    get revocations() {
      return revocations
    },
    takeTokenRequest(grant) {
      grants.push(grant)
      for (const { count, resolve } of waiting) if (grants.length >= count) resolve()
      const index = planned.findIndex((plan) => plan.grant === undefined || plan.grant === grant)
      return index < 0 ? undefined : planned.splice(index, 1)[0]?.fault
    },
    takeRevocation() {
      revocations += 1
    },
    hang: () => new Promise((resolve) => hanging.push(resolve)),
  }
}
