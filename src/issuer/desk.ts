/**
 * What a test asks of the running look-alike: that it misbehaves, and how often it was asked. It is set on the object
 * in this process and never over HTTP.
 */
import type { IssuerForm } from './issuer-forms.ts'

/** Things that stay wrong until they are put right. */
export interface LoginFaults {
  /** `acr_values` has no effect, as below the plan Essentials. */
  ignoreAcr?: boolean
  /** `max_age` has no effect, as at the classic hosted UI. */
  ignoreMaxAge?: boolean
  /** `prompt` has no effect: a browser with a session is never asked. */
  ignorePrompt?: boolean
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
 * What happens to one request. A status or an OAuth error is answered before anything is done. `hang` waits for
 * `release()` and then goes on as if nothing had been wrong. `close` cuts the connection before anything is done, and
 * `lose` after everything is done: the code is spent or the refresh token rotated, and nobody is told.
 */
export type RequestFault =
  | number
  | 'invalid_grant'
  | 'invalid_client'
  | 'unauthorized_client'
  | 'hang'
  | 'close'
  | 'lose'

export type FaultyEndpoint = 'token' | 'revoke' | 'userInfo' | 'api'

export interface RequestFaultOptions {
  /** How many requests; default 1. */
  readonly count?: number | undefined
  /** Default `token`. */
  readonly at?: FaultyEndpoint | undefined
  /** Only token requests of this grant; default any. */
  readonly grant?: string | undefined
}

export interface Desk {
  readonly faults: LoginFaults
  failNext(fault: RequestFault, options?: RequestFaultOptions): void
  /** Lets the requests that hang go on. The number of them. */
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
  /** Counts a request, and returns the fault that it meets. */
  take(request: Taken): RequestFault | undefined
  /** Resolves on `release()`. */
  hang(): Promise<void>
}

interface Taken {
  readonly at: FaultyEndpoint
  /** Of token requests. */
  readonly grant?: string | undefined
}

interface PlannedFault extends Taken {
  readonly fault: RequestFault
}

export function createDesk(): Desk & Inbox {
  const planned: PlannedFault[] = []
  const taken: Taken[] = []
  const hanging: (() => void)[] = []
  const waiting: { readonly count: number; readonly resolve: () => void }[] = []
  const countTokenRequests = (grant?: string) =>
    taken.filter((seen) => seen.at === 'token' && (grant === undefined || seen.grant === grant)).length
  return {
    faults: {},
    failNext(fault, { count = 1, at = 'token', grant } = {}) {
      planned.push(...Array.from({ length: count }, () => ({ fault, at, grant })))
    },
    release() {
      const released = hanging.splice(0)
      for (const resolve of released) resolve()
      return released.length
    },
    tokenRequests: countTokenRequests,
    tokenRequested: (count) =>
      countTokenRequests() >= count ? Promise.resolve() : new Promise((resolve) => waiting.push({ count, resolve })),
    get revocations() {
      return taken.filter(({ at }) => at === 'revoke').length
    },
    take(request) {
      taken.push(request)
      for (const { count, resolve } of waiting) if (countTokenRequests() >= count) resolve()
      const meets = ({ at, grant }: PlannedFault) => at === request.at && (grant ?? request.grant) === request.grant
      const index = planned.findIndex(meets)
      return index < 0 ? undefined : planned.splice(index, 1)[0]?.fault
    },
    hang: () => new Promise((resolve) => hanging.push(resolve)),
  }
}
