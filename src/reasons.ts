/**
 * All reasons why a request is refused or an exchange fails. The answer, the log line, the metric label and the docs use the
 * same word. Nothing here holds request data.
 */

export interface ReasonFacts {
  /** challenge: 401 with WWW-Authenticate. deny: every other refusal. upstream: it was allowed, and then failed. */
  readonly kind: 'challenge' | 'deny' | 'upstream'
  readonly status: number
  /** One sentence for the caller, without token, claim or address. */
  readonly detail: string
  /** RFC 6750 error code of the challenge. */
  readonly error?: 'invalid_token' | 'invalid_request' | 'insufficient_scope' | 'insufficient_user_authentication'
}

const invalidToken = (detail: string) => ({ kind: 'challenge', status: 401, detail, error: 'invalid_token' }) as const
const challenge = (detail: string) => ({ kind: 'challenge', status: 401, detail }) as const
const deny = (status: number, detail: string) => ({ kind: 'deny', status, detail }) as const
const upstream = (status: number, detail: string) => ({ kind: 'upstream', status, detail }) as const

export const reasons = {
  token_missing: challenge('A bearer token is required.'),
  login_required: challenge('A sign-in is required.'),
  session_invalid: challenge('The session cannot be read; sign in again.'),
  invalid_credentials: challenge('The user name or the password is wrong.'),
  challenge_expired: challenge('The sign-in took too long or was begun elsewhere; begin again.'),
  session_expired: challenge('The session has ended; sign in again.'),
  token_malformed: invalidToken('The token is not a well-formed Cognito token.'),
  token_too_large: invalidToken('The token is larger than this gate accepts.'),
  algorithm_not_allowed: invalidToken('The token is not signed with RS256.'),
  key_unknown: invalidToken('The key that signed the token is not published by its user pool.'),
  signature_invalid: invalidToken('The signature of the token does not match.'),
  issuer_unknown: invalidToken('The token comes from an issuer that is not accepted here.'),
  token_expired: invalidToken('The token has expired.'),
  token_revoked: invalidToken('The token has been revoked.'),
  token_not_yet_valid: invalidToken('The token is not valid yet.'),
  token_use_not_allowed: invalidToken('The token is of the wrong kind; send an access token unless told otherwise.'),
  client_not_allowed: invalidToken('The token was issued to an app client that is not accepted here.'),
  audience_not_allowed: invalidToken('The token is bound to another resource.'),
  reauthentication_required: {
    kind: 'challenge',
    status: 401,
    detail: 'This route requires a newer or a stronger sign-in.',
    error: 'insufficient_user_authentication',
  },
  credential_conflict: {
    kind: 'deny',
    status: 400,
    detail: 'The request carries more than one credential.',
    error: 'invalid_request',
  },
  request_malformed: deny(400, 'The request is not well-formed.'),
  path_ambiguous: deny(400, 'The request path can be read in more than one way.'),
  login_state_invalid: deny(400, 'This sign-in is too old or was begun in another browser.'),
  login_loop: deny(400, 'The sign-in begins again and again; the browser does not keep its cookies.'),
  code_invalid: deny(400, 'The code is wrong or too old.'),
  request_invalid: deny(400, 'The body is not what this operation takes.'),
  confirmation_required: deny(403, 'The account has to be confirmed first.'),
  reset_required: deny(403, 'The password has to be reset first.'),
  rejected_by_pool: deny(403, 'The user pool does not allow this.'),
  blocked: deny(403, 'The user pool has blocked this request.'),
  username_exists: deny(409, 'The user name is taken.'),
  json_required: deny(415, 'The body must be JSON.'),
  password_policy: deny(422, 'The password does not meet the rules of the user pool.'),
  too_many_attempts: deny(429, 'Too many attempts; wait a while.'),
  challenge_unsupported: deny(501, 'The user pool asks for a step that this interface does not have.'),
  sender_not_trusted: deny(403, 'The sender may not ask about requests of others.'),
  cross_site_request: deny(403, 'A page of another site has sent this request.'),
  insufficient_scope: {
    kind: 'deny',
    status: 403,
    detail: 'The token lacks a scope this route requires.',
    error: 'insufficient_scope',
  },
  insufficient_group: deny(403, 'The caller is in none of the groups this route requires.'),
  insufficient_claims: deny(403, 'A claim of the token is not the one that this route requires.'),
  machine_not_allowed: deny(403, 'This route is for users, and the token belongs to an app client.'),
  user_required: deny(403, 'This route is for users, and the token names none.'),
  machine_required: deny(403, 'This route is for app clients, and the token is not of client credentials.'),
  client_not_allowed_here: deny(403, 'The app client of the token is not accepted on this route.'),
  user_pool_not_allowed_here: deny(403, 'The user pool of the token is not accepted on this route.'),
  route_not_found: deny(404, 'No rule covers this method and host for the path.'),
  endpoint_not_found: deny(404, 'The gate has no such endpoint.'),
  method_not_allowed: deny(405, 'The gate never forwards this method.'),
  expectation_failed: deny(417, 'The gate knows no expectation but 100-continue.'),
  request_timeout: deny(408, 'The request took too long to arrive.'),
  request_too_large: deny(413, 'The request body is larger than this gate accepts.'),
  url_too_long: deny(414, 'The request target is longer than this gate accepts.'),
  headers_too_large: deny(431, 'The request has too many or too large headers.'),
  rate_limited: deny(429, 'Too many requests; slow down.'),
  keys_unavailable: deny(503, 'The keys to verify tokens are not available right now.'),
  discovery_unavailable: deny(503, 'The metadata of the user pool are not available right now.'),
  revocation_unavailable: deny(503, 'It is not known right now whether the token has been revoked; try again later.'),
  overloaded: deny(503, 'Too many requests are waiting already; try again later.'),
  session_unavailable: deny(503, 'The session cannot be renewed right now; try again later.'),
  busy: deny(503, 'The user pool is busy; try again later.'),
  misconfigured: deny(500, 'The app client or the user pool is not set up for this.'),
  internal_error: deny(500, 'The gate failed to handle the request.'),
  pool_unavailable: upstream(502, 'The user pool does not answer as it should.'),
  login_failed: upstream(502, 'The sign-in at the user pool has failed.'),
  upstream_unreachable: upstream(502, 'The service behind this gate cannot be reached.'),
  upstream_reset: upstream(502, 'The service behind this gate closed the connection.'),
  upstream_invalid_response: upstream(502, 'The service behind this gate sent an invalid response.'),
  upstream_timeout: upstream(504, 'The service behind this gate took too long to answer.'),
} as const satisfies Record<string, ReasonFacts>

export type Reason = keyof typeof reasons
