/**
 * The public types of the library, and what Fastify's own types gain. Types only.
 */
import type { FastifyPluginAsync, RawServerBase, RawServerDefault } from 'fastify'
import type { Reason } from '../reasons.ts'
import type { Claims } from '../tokens/claims.ts'
import type { CogateOptions } from './options.ts'

/** A rule for paths, as in `routes` of the configuration file. */
export type RouteRule = NonNullable<CogateOptions['routes']>[number]

/** What a route demands: `config.cogate`. */
export type RouteDemand = Omit<RouteRule, 'path' | 'methods' | 'host' | 'paths'>

/** Who calls, as the gate knows it. */
export interface Caller<ClaimsOrNull extends Claims | null = Claims | null> {
  /** Of the verified token; null when no token was verified. A new object for each request. */
  readonly claims: ClaimsOrNull
  /** `allowed`; in report mode the reason why the request would have been refused. */
  readonly reason: Reason | 'allowed'
  /** `sub`. */
  readonly subject: string | null
  readonly clientId: string | null
  /** The id of the user pool. */
  readonly userPool: string | null
  readonly groups: readonly string[]
  readonly scopes: readonly string[]
  /** Milliseconds since the epoch, the clock tolerance included. */
  readonly expiresAt: number | null
  /** As in the log. */
  readonly requestId: string
  /** What a service behind a gate gets, by name. Values are Latin-1: a character is a byte. */
  readonly identityHeaders: Readonly<Record<string, string>>
}

/** Demands that let a request pass without a verified token. */
interface Opening {
  readonly cogate: { readonly auth: 'none' | 'optional' } | { readonly mode: 'report' }
}

/** By the type of a route's `config`: only a route that says so has callers without claims. */
export type CallerOf<RouteConfig> = unknown extends RouteConfig
  ? Caller<Claims>
  : RouteConfig extends Opening
    ? Caller
    : Caller<Claims>

/** `app.cogate`. */
export interface Cogate {
  /** The text of the metrics, for Prometheus (`text/plain; version=0.0.4`). */
  metrics(): Promise<string>
  /** Ready when the keys of every user pool are there. */
  readiness(): { readonly ready: boolean }
}

export type CogatePlugin = FastifyPluginAsync<CogateOptions>

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What cogate demands of a request to this route; default: a verified token. */
    cogate?: RouteDemand
  }

  interface FastifyRequest<
    RouteGeneric,
    RawServer,
    RawRequest,
    SchemaCompiler,
    TypeProvider,
    ContextConfig,
    Logger,
    RequestType,
  > {
    /** Who calls. Of a guarded route only. */
    cogate: CallerOf<ContextConfig>
  }

  interface FastifyInstance<RawServer extends RawServerBase = RawServerDefault> {
    cogate: Cogate
  }
}
