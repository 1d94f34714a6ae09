/**
 * The look-alike over HTTP: the endpoints that Cognito has (keys, discovery, managed login), and one that makes tokens
 * for development. It gives a valid token to anyone who asks, so it must never listen beyond loopback.
 */
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { type AddressInfo, BlockList, isIP } from 'node:net'
import type { ApiRequest, PlannedApiFault } from './api/api-state.ts'
import type { Desk } from './desk.ts'
import { createRequestListener } from './endpoints.ts'
import { type IssuerForm, nameIssuer } from './issuer-forms.ts'
import { createKeys, type Keys } from './keys.ts'
import type { AppClient } from './login/clients.ts'
import { createUserPool, type UserPool, type UserPoolOptions } from './login/user-pool.ts'
import type { User } from './login/users.ts'
import {
  type IdTokenOptions,
  type MintContext,
  mintAccessToken,
  mintIdToken,
  mintM2mToken,
  type TokenOptions,
  tamper,
  type UserTokenOptions,
} from './tokens.ts'

export interface IssuerOptions extends UserPoolOptions {
  /** A loopback address; default 127.0.0.1. */
  readonly host?: string | undefined
  /** Default 0: the system chooses. */
  readonly port?: number | undefined
  readonly poolId?: string | undefined
  readonly clientId?: string | undefined
  /** What the tokens say in `iss`; default `local`, which is `<url>/<poolId>`. */
  readonly issuerForm?: IssuerForm | undefined
  /** Milliseconds since the epoch; default `Date.now`. */
  readonly now?: (() => number) | undefined
  /** Default: fresh keys, which take some hundred milliseconds to make. */
  readonly keys?: Keys | undefined
}

export interface Issuer {
  readonly poolId: string
  readonly clientId: string
  /** The `iss` claim. */
  readonly issuer: string
  readonly jwksUri: string
  /** The origin, without a slash at its end. */
  readonly url: string
  readonly keys: Keys
  readonly login: ManagedLogin
  mintAccessToken(options?: UserTokenOptions): string
  mintIdToken(options?: IdTokenOptions): string
  mintM2mToken(options?: TokenOptions): string
  tamper(token: string): string
  /** Cuts open connections; safe to call twice. */
  close(): Promise<void>
}

/** The sign-in pages and the token endpoint, as a test sees and sets them. */
export interface ManagedLogin extends Desk {
  putUser(user: User): void
  putClient(client: AppClient): void
  /** Ends all refresh tokens of a user. Sessions of browsers stay, as with Cognito's `GlobalSignOut`. */
  signOutEverywhere(username: string): void
  findUser(username: string): User | undefined
  /** The code that the API has sent to a user last. */
  lastCode(username: string): string | undefined
  /** What the JSON API was asked so far. */
  readonly apiRequests: readonly ApiRequest[]
  /** The next call of the JSON API, or of that operation, fails. */
  failNextCall(fault: PlannedApiFault): void
}

const REQUEST_TIMEOUT_MS = 10_000

/** Rejects with Node's own error when the port is taken, and with a TypeError for a host that is not loopback. */
export async function startIssuer(options: IssuerOptions = {}): Promise<Issuer> {
  const { host = '127.0.0.1', port = 0, poolId = 'eu-west-1_DemoPool1' } = options
  const { clientId = '1democlient2345678901234ab', now = Date.now, issuerForm = 'local' } = options
  requireLoopback(host)
  requirePoolId(poolId)
  const server = createServer({ requestTimeout: REQUEST_TIMEOUT_MS, headersTimeout: REQUEST_TIMEOUT_MS })
  await once(server.listen(port, host), 'listening')
  const url = toOrigin(server)
  const issuer = nameIssuer(issuerForm, { poolId, url })
  const context = { keys: options.keys ?? createKeys(), issuer, clientId, now }
  const pool = createUserPool(options, { clientId, now })
  server.on('request', createRequestListener({ context, poolId, url, pool }))
  return toIssuer({ server, context, poolId, url, pool })
}

interface Started {
  readonly server: Server
  readonly context: MintContext
  readonly poolId: string
  readonly url: string
  readonly pool: UserPool
}

function toIssuer({ server, context, poolId, url, pool }: Started): Issuer {
  const { clientId, issuer, keys } = context
  return {
    poolId,
    clientId,
    issuer,
    jwksUri: `${url}/${poolId}/.well-known/jwks.json`,
    url,
    keys,
    login: toManagedLogin(pool),
    mintAccessToken: (options) => mintAccessToken(context, options),
    mintIdToken: (options) => mintIdToken(context, options),
    mintM2mToken: (options) => mintM2mToken(context, options),
    tamper,
    close: () => closeServer(server),
  }
}

function toManagedLogin({ desk, putUser, putClient, refreshTokens, api, findUser }: UserPool): ManagedLogin {
  const { faults, failNext, release, tokenRequests, tokenRequested } = desk
  return {
    faults,
    failNext,
    release,
    tokenRequests,
    tokenRequested,
    get revocations() {
      return desk.revocations
    },
    putUser,
    putClient,
    findUser,
    lastCode: (username) => api.lastCode(username),
    apiRequests: api.requests,
    failNextCall: (fault) => void api.faults.push(fault),
    signOutEverywhere: (username) => refreshTokens.revokeUser(username),
  }
}

/**
 * Literal addresses only: a name could be made to resolve elsewhere. The one loopback rule beside that of
 * `config/table/addresses.ts`: the issuer imports nothing of the gate.
 */
function requireLoopback(host: string): void {
  const loopback = new BlockList()
  loopback.addSubnet('127.0.0.0', 8, 'ipv4')
  loopback.addAddress('::1', 'ipv6')
  const family = isIP(host)
  if (family !== 0 && loopback.check(host, family === 6 ? 'ipv6' : 'ipv4')) return
  throw new TypeError(`the issuer mints tokens for anyone: it listens on a loopback address only, not on "${host}"`)
}

function requirePoolId(poolId: string): void {
  if (/^[a-z]+(-[a-z]+)+-\d_[A-Za-z0-9]+$/.test(poolId)) return
  throw new TypeError(`a user pool id looks like eu-west-1_DemoPool1, not "${poolId}"`)
}

function toOrigin(server: Server): string {
  const { address, family, port } = server.address() as AddressInfo
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`
}

async function closeServer(server: Server): Promise<void> {
  if (!server.listening) return
  const closed = once(server, 'close')
  server.close()
  server.closeAllConnections()
  await closed
}
