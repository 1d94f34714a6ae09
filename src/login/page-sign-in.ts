/**
 * Sign-in on a page of the service, which calls the auth API: there is no domain of the user pool to send people to. Nothing comes
 * back to a callback.
 */
import { reasons } from '../reasons.ts'
import type { LoginAnswer, LoginRequest } from './answer.ts'
import { problem, redirect } from './answer.ts'
import type { ReturnToRules } from './return-to.ts'
import { safeReturnTo } from './return-to.ts'
import type { SignIns, Start } from './sign-in.ts'

/** Where people are sent who have to sign in. */
export type SignInWay = Pick<SignIns, 'start' | 'finish' | 'forget' | 'isShownInFrames'>

/** `page` is a path of the public origin; undefined: there is none, and nobody is sent anywhere. */
export function signInOnPage(page: string | undefined, rules: ReturnToRules): SignInWay {
  return {
    isShownInFrames: true,
    async start(_request: LoginRequest, { returnTo, cookies }: Start): Promise<LoginAnswer> {
      if (page === undefined) return problem('endpoint_not_found', reasons.endpoint_not_found.status)
      const query = new URLSearchParams({ returnTo: safeReturnTo(returnTo, rules) })
      return redirect(302, `${rules.origin}${page}?${query}`, cookies)
    },
    finish: async () => problem('endpoint_not_found', reasons.endpoint_not_found.status),
    forget: () => {},
  }
}
