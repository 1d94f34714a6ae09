/**
 * Ends a session: here, at Cognito, and in the browser. Sign-out never fails for the person who wants it; what Cognito does
 * not answer in time is left behind.
 */
import type { Config } from '../config/config.ts'
import type { SiteRules } from '../credentials/cross-site.ts'
import { isCrossSite } from '../credentials/cross-site.ts'
import type { Sessions, SessionVerdict } from '../decide/decision.ts'
import type { RequestHead } from '../decide/request-head.ts'
import { readField } from '../headers/head-fields.ts'
import type { LoginAnswer, LoginRequest } from './answer.ts'
import { answered, redirect, showPage } from './answer.ts'
import type { LoginEvents } from './events.ts'
import type { Cognito } from './oauth/cognito.ts'
import type { WritePage } from './pages/pages.ts'
import { isPrefetch, requestKind } from './request-kind.ts'
import type { CookieStyle } from './session/cookies.ts'
import { clearSession } from './session/cookies.ts'
import type { SessionRecord } from './session/record.ts'
import type { BrowserSessions } from './session/sessions.ts'

export interface SignOutParts {
  readonly rules: Config['login']['logout']
  readonly cognito: Cognito
  readonly cookies: CookieStyle
  readonly sessions: BrowserSessions
  readonly site: SiteRules
  readonly pages: WritePage
  readonly events: LoginEvents
  readonly wait: (ms: number) => Promise<void>
  /** Of the endpoints: `/_cogate`. */
  readonly prefix: string
  readonly refuse: (request: LoginRequest) => LoginAnswer
}

/** Nobody waits longer for the revocation. */
const revokeMs = 2000

export class SignOut {
  readonly #parts: SignOutParts

  constructor(parts: SignOutParts) {
    this.#parts = parts
  }

  async ask(request: LoginRequest): Promise<LoginAnswer> {
    const { pages, prefix } = this.#parts
    return showPage(200, pages('sign_out', { kind: 'post', to: `${prefix}/logout` }, answered(request)))
  }

  async run(request: LoginRequest): Promise<LoginAnswer> {
    const { sessions, cookies, rules, cognito, events, prefix, site, refuse } = this.#parts
    const { method, fields } = request.head
    if (isCrossSite(method, fields, site)) return refuse(request)
    const record = await sessions.end(fields.cookie, request.now)
    if (record) {
      events.onSignOut(request.requestId)
      await Promise.race([this.#revoke(record), this.#parts.wait(revokeMs)])
    }
    // A frame shows nothing of Cognito, and sends it no cookie whose session could end.
    const goesOn = rules.cognito && requestKind(request.head) !== 'frame'
    const answer = redirect(
      303,
      goesOn ? cognito.signOutUrl : `${prefix}/logged-out`,
      clearSession(cookies, fields.cookie),
    )
    if (rules.clearSiteData.length === 0) return answer
    const list = rules.clearSiteData.map((part) => `"${part}"`).join(', ')
    return { ...answer, headers: [...answer.headers, 'Clear-Site-Data', list] }
  }

  /**
   * The service's own sign-out ends the session too: the request passes, and its answer takes the cookie away. What comes
   * later with the same cookie is refused.
   */
  withServiceSignOut(): Sessions {
    const { sessions, rules } = this.#parts
    if (rules.on.length === 0) return sessions
    return {
      open: (head, now) => {
        const verdict = sessions.open(head, now)
        return this.isServiceSignOut(head) && !isPrefetch(head.fields) ? this.#endWith(verdict, head, now) : verdict
      },
    }
  }

  isServiceSignOut({ url }: Pick<RequestHead, 'url'>): boolean {
    const { on } = this.#parts.rules
    return on.length > 0 && on.includes(url.split('?', 1)[0] ?? '')
  }

  /** What a person gets there who has no session. */
  showSignedOut(cookies: readonly string[]): LoginAnswer {
    return redirect(302, `${this.#parts.prefix}/logged-out`, cookies)
  }

  async #endWith(
    judged: SessionVerdict | Promise<SessionVerdict>,
    { fields }: RequestHead,
    now: number,
  ): Promise<SessionVerdict> {
    const { sessions, cookies } = this.#parts
    const verdict = await judged
    if (verdict.kind !== 'open') return verdict
    const record = await sessions.end(fields.cookie, now)
    if (record) void this.#revoke(record)
    return { ...verdict, cookies: clearSession(cookies, fields.cookie) }
  }

  async #revoke({ refreshToken }: SessionRecord): Promise<void> {
    if (refreshToken === undefined || !this.#parts.rules.revoke) return
    try {
      await this.#parts.cognito.revoke(refreshToken)
    } catch {
      // Counted by the caller of `connectCognito`; the session has ended all the same.
    }
  }
}

/** A link of our own pages signs out at once; everything else is asked first, because any page can cause a GET. */
export function isOwnNavigation({ head: { fields } }: LoginRequest): boolean {
  if (isPrefetch(fields)) return false
  const site = readField(fields, 'sec-fetch-site')
  const mode = readField(fields, 'sec-fetch-mode')
  return site === 'same-origin' && mode === 'navigate' && readField(fields, 'sec-fetch-dest') === 'document'
}
