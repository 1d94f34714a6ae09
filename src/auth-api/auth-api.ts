/**
 * The JSON auth API, put together from its configuration. Nothing of this room is loaded where no operation is listed. A body is
 * never logged and never counted.
 */
import type { AuthOperation } from '../config/auth-api.ts'
import { givesAwsCredentials } from '../config/auth-api.ts'
import type { Config } from '../config/config.ts'
import type { SiteRules } from '../credentials/cross-site.ts'
import { isCrossSite } from '../credentials/cross-site.ts'
import { networkOf } from '../decide/rate-limiter.ts'
import type { Runtime } from '../decide/runtime.ts'
import { clientAddress } from '../headers/client-address.ts'
import type { Cors } from '../headers/cors.ts'
import { preflightLines, refusalLines } from '../headers/cors.ts'
import { readField } from '../headers/head-fields.ts'
import type { LoginAnswer, LoginRequest } from '../login/answer.ts'
import { connectIdentityApi, connectPoolApi } from '../login/connect.ts'
import type { LoginEvents } from '../login/events.ts'
import type { SessionGround } from '../login/login.ts'
import { compileSealer } from '../login/session/seal.ts'
import type { IdentityPool } from './aws/identity-pool.ts'
import type { AuthApiParts, Keeper } from './call.ts'
import { json, refuse, tooMany } from './call.ts'
import type { Pace } from './least-time.ts'
import { atLeast } from './least-time.ts'
import { describeApi } from './openapi.ts'
import type { Operation } from './operations.ts'
import { operations } from './operations.ts'
import { readJson } from './read-body.ts'
import { readShape } from './shape.ts'
import { Throttle } from './throttle.ts'

export interface AuthApiRequest extends LoginRequest {
  readonly body: AsyncIterable<Uint8Array>
}

export interface AuthApi {
  /** Below the prefix of the endpoints: `/auth/sign-in`. Those that are not listed too: they are refused when they are asked. */
  readonly paths: readonly string[]
  answer(path: string, request: AuthApiRequest): Promise<LoginAnswer>
  /** What it remembers, for the one that follows after a reload. */
  readonly throttle: Throttle
}

export interface AuthApiOptions {
  readonly events: LoginEvents
  /** Where sessions begin; undefined in tokens mode. */
  readonly ground: SessionGround | undefined
  readonly pace: Omit<Pace, 'minTimeMs'>
  readonly before: AuthApi | undefined
}

interface Compiled {
  readonly parts: AuthApiParts
  readonly pace: Pace
  readonly site: SiteRules
  readonly cors: Cors
  readonly runtime: Runtime
  readonly document: string
  /** Those that are listed, by path. */
  readonly listed: ReadonlyMap<string, Operation>
}

const base = '/auth/'
const documentPath = `${base}openapi.json`

export async function compileAuthApi(config: Config, runtime: Runtime, options: AuthApiOptions): Promise<AuthApi> {
  const { authApi: settings, publicUrl = '', session, endpoints } = config
  const { origin, hostname } = new URL(publicUrl)
  const api = await connectPoolApi(config, options.events)
  const throttle = options.before?.throttle ?? new Throttle(settings.limits)
  const keeper = await compileKeeper(runtime, { ...options, api })
  const sealer = compileSealer(session.secrets ?? [], 'challenge')
  const compiled: Compiled = {
    parts: {
      settings,
      api,
      throttle,
      sealer,
      keeper,
      totpIssuer: settings.totpIssuer ?? hostname,
      identityPool: await compileIdentityPool(config, options.events),
    },
    pace: { ...options.pace, minTimeMs: settings.minTimeMs },
    site: { origins: [origin, ...settings.allowedOrigins] },
    cors: { answersPreflight: true, origins: new Set(settings.allowedOrigins) },
    runtime,
    document: JSON.stringify(describeApi({ settings, server: origin + endpoints.prefix })),
    listed: new Map(settings.operations.map((name) => [base + operations[name].path, operations[name]])),
  }
  const names = Object.keys(operations) as AuthOperation[]
  return {
    paths: [...names.map((name) => base + operations[name].path), documentPath],
    throttle,
    answer: (path, request) => answer(compiled, path, request),
  }
}

/** Loaded only where it is asked. */
async function compileIdentityPool(config: Config, events: LoginEvents): Promise<IdentityPool | undefined> {
  const { identityPool } = config.authApi
  if (identityPool === undefined || !givesAwsCredentials(config.authApi)) return undefined
  const { connectIdentityPool } = await import('./aws/identity-pool.ts')
  return connectIdentityPool(identityPool, await connectIdentityApi(config, identityPool, events))
}

type KeeperOptions = AuthApiOptions & Pick<AuthApiParts, 'api'>

/** Each mode loads its own. */
async function compileKeeper(runtime: Runtime, { ground, api, events }: KeeperOptions): Promise<Keeper> {
  if (ground === undefined) {
    const { keepWithCaller } = await import('./keepers/token-keeper.ts')
    return keepWithCaller({ api, runtime })
  }
  const { keepInCookie } = await import('./keepers/cookie-keeper.ts')
  return keepInCookie({ ground, api, events })
}

async function answer(compiled: Compiled, path: string, request: AuthApiRequest): Promise<LoginAnswer> {
  const { fields, method } = request.head
  const { cors } = compiled
  const isForeign = fields.origin !== undefined && cors.origins.has(fields.origin)
  if (method === 'OPTIONS') {
    if (!isForeign) return refuse('endpoint_not_found')
    return { status: 204, headers: preflightLines(fields), body: '' }
  }
  const given = await answerCall(compiled, path, request)
  return isForeign ? { ...given, headers: [...given.headers, ...refusalLines(cors, fields.origin)] } : given
}

async function answerCall(compiled: Compiled, path: string, request: AuthApiRequest): Promise<LoginAnswer> {
  const { method, fields } = request.head
  if (path === documentPath && method === 'GET') return showDocument(compiled)
  const operation = compiled.listed.get(path)
  if (operation === undefined || method !== (operation.method ?? 'POST')) return refuse('endpoint_not_found')
  if (isCrossSite('POST', fields, compiled.site)) return refuse('cross_site_request')
  if (method === 'GET') return run(compiled, operation, { request, body: {} })
  const type = readField(fields, 'content-type') ?? ''
  if (!jsonType.test(type)) return refuse('json_required')
  const read = await readJson(request.body)
  if (typeof read === 'string') return refuse(read)
  const body = readShape(operation.body, read.value)
  return body === undefined ? refuse('request_invalid') : run(compiled, operation, { request, body })
}

const jsonType = /^application\/json[ \t]*(?:;|$)/i

function showDocument({ document }: Compiled): LoginAnswer {
  return { ...json(200, {}), body: document }
}

interface Checked {
  readonly request: LoginRequest
  /** Of the shape of the operation. */
  readonly body: unknown
}

function run({ parts, pace, runtime }: Compiled, operation: Operation, { request, body }: Checked) {
  const { head, now } = request
  const address = head.address && clientAddress(head.fields.forwardedFor, head.address, runtime.headers.isTrusted)
  const network = networkOf(address ?? '')
  const late = operation.hidesUsers ? parts.throttle.countCall(network, now) : undefined
  if (late !== undefined) return tooMany(late)
  const work = async () => operation.run({ ...parts, request, address, network }, body)
  return operation.hidesUsers ? atLeast(pace, work) : work()
}
