/** What each finding means and what to do, in English. */
import type { Finding } from './findings.ts'
import type { Words } from './words.ts'

/** `what`: what was found. `fix`: what to do next. */
export interface FindingText {
  readonly what: (words: Words) => string
  readonly fix: (words: Words) => string
}

export type FindingTexts = Readonly<Record<Finding, FindingText>>

export const english: FindingTexts = {
  not_a_jwt: {
    what: () => 'The text is not a token: a token is three parts of letters, digits, - and _ with a dot between them.',
    fix: () => 'Copy it again as a whole, without quotes, blanks, line breaks, "Bearer" or "…".',
  },
  refresh_token_sent: {
    what: () => 'This is a refresh token. It has five parts and is encrypted; only Cognito can read it.',
    fix: () => 'Send the access token. The refresh token is only for the token endpoint of Cognito.',
  },
  id_token_sent: {
    what: () => 'This is an ID token. It tells an app who signed in; it does not authorise requests.',
    fix: () =>
      'Send the access token (token_use: access). If callers have only ID tokens, set userPools[].tokenUse to [id].',
  },
  token_use_missing: {
    what: ({ issuer }) => `This is not a token of a Cognito user pool. Its issuer is ${issuer}.`,
    fix: ({ pools }) => `Sign in at one of the user pools that are configured: ${pools}.`,
  },
  issuer_form: {
    what: ({ issuer }) => `The user pool is right, but its issuer is written in another way: ${issuer}.`,
    fix: () =>
      'Leave userPools[].issuer out: both forms of Cognito are then accepted. An emulator needs the exact text.',
  },
  issuer_pool: {
    what: ({ issuer, pools }) => `The token comes from another user pool (${issuer}). Accepted are: ${pools}.`,
    fix: () => 'Sign in at the right pool. Is it the token of another environment, or was the pool made anew?',
  },
  issuer_region: {
    what: ({ issuer, pools }) => `The token comes from another AWS Region (${issuer}). Accepted are: ${pools}.`,
    fix: () => 'Correct the Region in userPools[].id, or list the replica Region in userPools[].additionalRegions.',
  },
  issuer_is_domain: {
    what: ({ issuer }) => `The issuer is a sign-in domain (${issuer}). Cognito never writes that into a token.`,
    fix: () => 'Find out who made this token. The issuer of a Cognito token begins with https://cognito-idp.',
  },
  alb_token: {
    what: () => 'This is the x-amzn-oidc-data of an AWS load balancer. The load balancer signed it, and not Cognito.',
    fix: () => 'Send what the load balancer puts into x-amzn-oidc-accesstoken.',
  },
  client_not_listed: {
    what: ({ clientId, clients }) => `The token was issued to the app client ${clientId}. Accepted are: ${clients}.`,
    fix: ({ clientId }) => `Use one of the accepted app clients, or add ${clientId} to userPools[].clientIds.`,
  },
  aud_mismatch: {
    what: ({ audience, audiences }) => `The token is bound to ${audience}. This gate accepts: ${audiences}.`,
    fix: () => 'Ask for the token with this resource, letter for letter, or add it to userPools[].audience.',
  },
  expired: {
    what: (words) => `The token expired ${spanEn(words.agoSeconds)} ago. It had lived ${spanEn(words.lifeSeconds)}.`,
    fix: () =>
      'Get a new one with the refresh token; an application should do so before the token expires. If new ones are refused too, the clock of this machine is ahead: run cogate check.',
  },
  clock_skew: {
    what: ({ aheadSeconds }) => `The token is ${spanEn(aheadSeconds)} ahead of the clock here.`,
    fix: () => 'Correct the clock of this machine (NTP). A few seconds may be allowed with clockTolerance.',
  },
  kid_unknown: {
    what: ({ kid, issuer }) => `The user pool (${issuer}) publishes no key ${kid}.`,
    fix: () => 'Sign in again. If that does not help: is a pinned jwksFile too old, or was an emulator started anew?',
  },
  kid_is_other_key: {
    what: ({ kid }) =>
      `The key ${kid} belongs to another user pool of this configuration, not to the issuer of the token.`,
    fix: () => 'The token was put together from two. Sign in again.',
  },
  jwks_unreachable: {
    what: () => 'The keys of the user pool could not be fetched, so no token can be verified.',
    fix: () =>
      'Run cogate check. Usual causes: no egress from the subnet, a NetworkPolicy, DNS, a proxy that must be named.',
  },
  algorithm: {
    what: ({ alg }) => `The token is signed with ${alg}. Cognito signs with RS256 only.`,
    fix: () => 'Find out who made this token. It does not come from a user pool.',
  },
  bad_signature: {
    what: () => 'The signature does not match: the token was changed after it was signed, or another key signed it.',
    fix: () => 'Sign in again and send the token as it came. An edited claim breaks the signature; so it should.',
  },
  scope_missing: {
    what: ({ demanded, held }) => `The rule demands the scope ${demanded}. The token holds: ${held}.`,
    fix: () => 'Ask for the scope at sign-in, and allow it for the app client.',
  },
  scope_never: {
    what: ({ demanded }) =>
      `The rule demands the scope ${demanded}. A sign-in by API never gives scopes of a resource server.`,
    fix: () => 'Sign in through the sign-in pages (code flow), or add the scope in a pre-token-generation trigger.',
  },
  group_missing: {
    what: ({ demanded, held }) => `The rule demands one of the groups ${demanded}. The token holds: ${held}.`,
    fix: ({ nearGroups }) =>
      nearGroups.length > 0
        ? `Write the group in the rule as Cognito has it: ${nearGroups.join(' and ')} are two groups.`
        : 'Add the user to the group, and refresh the token: a token keeps the groups of the time it was issued.',
  },
  group_added_later: {
    what: ({ demanded, issuedAt }) =>
      `The rule demands one of the groups ${demanded}. The token, issued at ${issuedAt}, holds none.`,
    fix: () => 'If the user was added to the group after that time, refresh the token. Otherwise add the user first.',
  },
  revoked_here: {
    what: () =>
      'The token verifies, and an entry of the list of revoked tokens refuses it: its token, sign-in, user or app client.',
    fix: () =>
      'Sign in again. If that does not help, take the entry out of the list (revocation.file, or Redis); gates see it within seconds.',
  },
  machine_token: {
    what: ({ demanded }) => `This token belongs to an app client and to no user. It can be in no group (${demanded}).`,
    fix: () => 'Use scopes in the rule for machines, or call with the token of a user.',
  },
  header_too_large: {
    what: ({ length, limit }) => `The token has ${length} characters. limits.token allows ${limit}.`,
    fix: () => 'Raise limits.token, and limits.headers with it. Many groups or added claims make tokens large.',
  },
  header_missing: {
    what: ({ places }) =>
      places === undefined
        ? 'There is no token behind "Authorization: Bearer".'
        : `There is no token in any of the places that credentials.sources lists: ${places}.`,
    fix: () => 'Send it there. If you do: does a proxy or a mesh in front take the header away?',
  },
  query_token: {
    what: () => 'The token is in the query. It would be in every log on the way, so it is not read there.',
    fix: ({ places }) =>
      places === undefined
        ? 'Send it in the header Authorization: Bearer.'
        : `Send it in one of the places that credentials.sources lists: ${places}.`,
  },
}

function spanEn(seconds: number): string {
  if (seconds < 120) return `${seconds} seconds`
  if (seconds < 7200) return `${Math.round(seconds / 60)} minutes`
  return seconds < 172_800 ? `${Math.round(seconds / 3600)} hours` : `${Math.round(seconds / 86_400)} days`
}
