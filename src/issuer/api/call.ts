/** One call of the JSON API: its input, and what every operation asks of it. */
import { createHmac } from 'node:crypto'
import type { Exchange } from '../exchange.ts'
import type { AppClient } from '../login/clients.ts'
import { readAccessToken } from '../login/user-info.ts'
import type { User } from '../login/users.ts'
import { ApiFault, invalidParameter } from './fault.ts'

export type Input = Readonly<Record<string, unknown>>
export type Output = Readonly<Record<string, unknown>>

export interface ApiCall {
  readonly exchange: Exchange
  readonly input: Input
}

export type ApiOperation = (call: ApiCall) => Output

export function textOf(input: Input, name: string): string {
  const value = input[name]
  if (typeof value !== 'string' || value === '') throw invalidParameter(`${name} is missing`)
  return value
}

export function mapOf(input: Input, name: string): Input {
  const value = input[name]
  return typeof value === 'object' && value !== null ? (value as Input) : {}
}

export function clientOf({ exchange, input }: ApiCall): AppClient {
  const client = exchange.pool.findClient(textOf(input, 'ClientId'))
  if (client === undefined) throw new ApiFault('ResourceNotFoundException', 'User pool client does not exist.')
  return client
}

/** Cognito developer guide, "Computing secret hash values". */
export function checkSecretHash({ clientId, clientSecret }: AppClient, username: string, hash: unknown): void {
  if (clientSecret === undefined) {
    if (hash !== undefined)
      throw new ApiFault(
        'NotAuthorizedException',
        `Client ${clientId} is not configured for secret but secret hash was received`,
      )
    return
  }
  if (hash === undefined)
    throw new ApiFault(
      'NotAuthorizedException',
      `Client ${clientId} is configured with secret but SECRET_HASH was not received`,
    )
  const expected = createHmac('sha256', clientSecret)
    .update(username + clientId)
    .digest('base64')
  if (hash !== expected)
    throw new ApiFault('NotAuthorizedException', `SecretHash does not match for the client: ${clientId}`)
}

/** By name, and in a pool where people sign in by e-mail by that. */
export function findAccount({ pool }: Exchange, typed: string): User | undefined {
  return pool.findUser(typed) ?? pool.findByEmail(typed)
}

export interface Signed {
  readonly user: User
  readonly originJti: string
}

/** The user of the access token of a call. */
export function signedUser({ exchange, input }: ApiCall): Signed {
  const claims = readAccessToken(exchange, textOf(input, 'AccessToken'))
  const user = claims && exchange.pool.findUser(claims.username)
  if (claims === undefined || user === undefined) throw new ApiFault('NotAuthorizedException', 'Invalid Access Token')
  if (!claims.scope.split(' ').includes('aws.cognito.signin.user.admin'))
    throw new ApiFault('NotAuthorizedException', 'Access Token does not have required scopes')
  return { user, originJti: claims.origin_jti }
}

export function checkPassword(password: string): void {
  if (password.length < 8)
    throw new ApiFault('InvalidPasswordException', 'Password did not conform with policy: Password not long enough')
}

/** As Cognito hides it: `a***@e***`. */
export function deliveryTo({ email, phone }: Pick<User, 'email' | 'phone'>): Output {
  if (email !== undefined) {
    const [name = '', host = ''] = email.split('@')
    return { AttributeName: 'email', DeliveryMedium: 'EMAIL', Destination: `${name.charAt(0)}***@${host.charAt(0)}***` }
  }
  return { AttributeName: 'phone_number', DeliveryMedium: 'SMS', Destination: `+*******${(phone ?? '').slice(-4)}` }
}
