/**
 * What to do about a refusal whose reason says already what was found: most often the rule wants another caller. The English
 * `what` is the detail of the reason. Nothing here may advise to weaken a rule.
 */
import type { Reason } from '../reasons.ts'
import { reasons } from '../reasons.ts'
import type { Advice } from './advice-ja.ts'

export async function adviceOn(reason: Reason, lang: 'en' | 'ja'): Promise<Advice> {
  const what = reasons[reason].detail
  const see = `docs/operations.md#troubleshooting-by-reason has a line for ${reason}.`
  if (lang === 'en') return { what, fix: english[reason] ?? see }
  const { japaneseAdvice } = await import('./advice-ja.ts')
  return japaneseAdvice[reason] ?? { what, fix: see }
}

const english: Partial<Record<Reason, string>> = {
  request_malformed:
    'Write the method in capitals, and the Host as app.example.com or app.example.com:443. If a client does, look at what the proxy in front sends.',
  method_not_allowed: 'Take another method: cogate never forwards TRACE, because the answer would show the token.',
  path_ambiguous: 'Write the path percent-encoded: %20 for a blank, %25 for a percent sign, %C3%A4 for ä.',
  url_too_long: 'Send such data in a body, or raise limits.url.',
  route_not_found:
    'A rule owns this path, and no rule lists this method and host. Add the method to methods of the rule, or write a rule for it.',
  endpoint_not_found:
    'The prefix endpoints.prefix belongs to cogate. If the service uses it too, choose another endpoints.prefix.',
  machine_not_allowed: 'Call with the token of a user: the rule has subject: user.',
  machine_required: 'Call with a token of client credentials: the rule has subject: machine.',
  user_required: 'Find out who made this token: it has no username, and is not of client credentials.',
  client_not_allowed_here: 'Call with an app client that clientIds of the rule lists, or add this one there.',
  user_pool_not_allowed_here:
    'Sign in at a user pool that userPools of the rule lists. A group or a name of one pool says nothing in another.',
  token_use_not_allowed: 'Send the kind of token that tokenUse of the rule or of the user pool lists.',
  insufficient_claims:
    'Compare the claim with what --show-claims prints. Letter case counts, and custom: attributes are in ID tokens alone, unless a trigger adds them.',
  reauthentication_required:
    'Sign in again: the rule wants a newer (maxAuthAge) or a stronger (acr) sign-in, and a refresh does not make it newer.',
  credential_conflict: 'Send one token, in one place.',
}
