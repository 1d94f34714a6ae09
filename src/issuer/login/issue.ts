/** The tokens of a sign-in as the token endpoint returns them: claims as Cognito's, of the user as he is now. */
import { createHash } from 'node:crypto'
import type { Exchange } from '../exchange.ts'
import { type IssuerForm, nameIssuer } from '../issuer-forms.ts'
import { API_SIGN_IN_SCOPE, deriveSubject, mintAccessToken, mintIdToken } from '../tokens.ts'
import type { AppClient } from './clients.ts'
import type { Family } from './refresh-tokens.ts'
import { attributesFor, subjectOf, type User } from './users.ts'

interface Issue {
  readonly client: AppClient
  readonly user: User
  readonly family: Family
  /** Of the authorization request. */
  readonly nonce?: string | undefined
  readonly refreshToken: string | undefined
  readonly isRefresh: boolean
}

const DEFAULT_TOKEN_SECONDS = 3600

export function issueTokens(exchange: Exchange, issue: Issue): Readonly<Record<string, unknown>> {
  const { client, family, refreshToken, isRefresh } = issue
  const { faults } = exchange.pool.desk
  const accessToken = issueAccessToken(exchange, issue)
  const scopes = family.scope.split(' ')
  // The API gives one without asking for a scope.
  const isOpen = scopes.includes('openid') || family.scope === API_SIGN_IN_SCOPE
  const hasIdToken = isOpen && !(isRefresh && faults.omitIdTokenOnRefresh === true)
  return {
    id_token: hasIdToken ? issueIdToken(exchange, issue, accessToken) : undefined,
    access_token: accessToken,
    refresh_token: refreshToken,
    expires_in: client.tokenSeconds ?? DEFAULT_TOKEN_SECONDS,
    token_type: 'Bearer',
  }
}

function issueAccessToken(exchange: Exchange, issue: Issue): string {
  const { scope, resource: aud } = issue.family
  const claims = {
    ...familyClaims(issue.family),
    aud,
    iss: issuerOf(exchange, exchange.pool.desk.faults.accessTokenIssuer),
  }
  return mintAccessToken(exchange.context, { ...userOptions(exchange, issue), scope, claims })
}

function issueIdToken(exchange: Exchange, issue: Issue, accessToken: string): string {
  const claims = {
    ...familyClaims(issue.family),
    iss: issuerOf(exchange, exchange.pool.desk.faults.idTokenIssuer),
    nonce: issue.nonce,
    at_hash: createHash('sha256').update(accessToken).digest().subarray(0, 16).toString('base64url'),
    ...attributesFor(issue.user, issue.family.scope),
  }
  return mintIdToken(exchange.context, { ...userOptions(exchange, issue), claims })
}

function userOptions({ pool }: Exchange, { client, user, isRefresh }: Issue) {
  const isOther = isRefresh && pool.desk.faults.otherSubjectOnRefresh === true
  return {
    clientId: client.clientId,
    username: user.username,
    sub: isOther ? deriveSubject(`not ${user.username}`) : subjectOf(user),
    groups: user.groups,
    expiresInSeconds: client.tokenSeconds ?? DEFAULT_TOKEN_SECONDS,
  }
}

/** What every token of one sign-in says, however late it is issued. */
function familyClaims({ originJti, eventId, signIn: { signedInAtMs, acr } }: Family) {
  return {
    origin_jti: originJti,
    event_id: eventId,
    auth_time: Math.floor(signedInAtMs / 1000),
    acr,
    amr: acr === undefined ? undefined : acr.endsWith('1') ? ['pwd'] : ['pwd', 'otp', 'mfa'],
  }
}

function issuerOf(exchange: Exchange, form: IssuerForm | undefined): string {
  return form === undefined ? exchange.context.issuer : nameIssuer(form, exchange)
}
