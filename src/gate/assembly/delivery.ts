/**
 * Where requests go that may pass: built from the configuration, kept over a reload that changes nothing of it, and left to
 * those who still use it by one that does.
 */
import { isDeepStrictEqual as isSame } from 'node:util'
import type { Config, UpstreamConfig } from '../../config/config.ts'
import { defaultUpstream } from '../../config/config.ts'
import type { Observers } from '../../ops/observers.ts'
import { createUpstream } from '../../upstream/upstream.ts'
import { Tunnels } from '../../upstream/websocket/tunnels.ts'
import type { WebSocketOptions, WebSockets } from '../../upstream/websocket/web-sockets.ts'
import { ExpiringStreams } from '../expiring-streams.ts'
import type { Delivery, GateRuntime } from '../gate.ts'

export interface DeliveryContext {
  readonly observers: Observers
  readonly now: () => number
  readonly before: { readonly config: Config; readonly runtime: GateRuntime } | undefined
}

/** Throws like `readFileSync` where a TLS file cannot be read. TLS files are read again by every reload. */
export async function compileDelivery(config: Config, context: DeliveryContext): Promise<Delivery> {
  const { before } = context
  const known = before && {
    settings: settingsOf(before.config.upstream, before.config),
    delivery: before.runtime.delivery,
  }
  return buildDelivery({ name: defaultUpstream, ...settingsOf(config.upstream, config) }, known, context)
}

/** Of the further services, by name. Throws as `compileDelivery` does. */
export async function compileFurtherDeliveries(
  config: Config,
  context: DeliveryContext,
): Promise<ReadonlyMap<string, Delivery>> {
  const { before } = context
  const deliveries = new Map<string, Delivery>()
  for (const { name, ...upstream } of config.upstreams) {
    const { name: _, ...old } = before?.config.upstreams.find((other) => other.name === name) ?? { name }
    const delivery = before?.runtime.services.get(name)?.delivery
    const known = before && delivery && 'url' in old && { settings: settingsOf(old, before.config), delivery }
    deliveries.set(name, await buildDelivery({ name, ...settingsOf(upstream, config) }, known || undefined, context))
  }
  return deliveries
}

interface Settings {
  readonly upstream: UpstreamConfig
  readonly endStreamsAtExpiry: boolean
}

function settingsOf(upstream: UpstreamConfig, { auth }: Config): Settings {
  return { upstream, endStreamsAtExpiry: auth.endStreamsAtExpiry }
}

interface KnownDelivery {
  readonly settings: Settings
  readonly delivery: Delivery
}

async function buildDelivery(
  { name, ...settings }: Settings & { readonly name: string },
  known: KnownDelivery | undefined,
  { observers, now }: DeliveryContext,
): Promise<Delivery> {
  const { upstream: own, endStreamsAtExpiry } = settings
  if (known && !hasFiles(own) && isSame(known.settings, settings)) return known.delivery
  const upstream = createUpstream(own, ({ message }) =>
    observers.log.error({ err: { message } }, 'TLS files could not be read; the old ones stay'),
  )
  const webSockets = await createWebSockets({ upstream, settings: own, now, gauge: observers.metrics.webSockets })
  return {
    name,
    upstream,
    upstreamUrl: own.url,
    webSockets,
    expiringStreams: endStreamsAtExpiry ? new ExpiringStreams(now) : undefined,
    callerIdleMs: callerIdleMs(own),
  }
}

/** A caller who stops reading is cut after `idleTimeout`; one who waits for a slow upstream is not. */
function callerIdleMs({
  waitTimeoutMs,
  connectTimeoutMs,
  responseTimeoutMs,
  idleTimeoutMs,
}: Config['upstream']): number {
  return Math.max(idleTimeoutMs, waitTimeoutMs + connectTimeoutMs + responseTimeoutMs + idleSlackMs)
}

const idleSlackMs = 1000

function hasFiles({ tls }: UpstreamConfig): boolean {
  return tls.caFile !== undefined || tls.certFile !== undefined || tls.keyFile !== undefined
}

/** Relays come with WebSocket and HTTP libraries that nobody else needs. */
async function createWebSockets(options: WebSocketOptions): Promise<WebSockets> {
  if (options.settings.webSocket === 'tunnel') return new Tunnels(options)
  const { createRelays } = await import('../../upstream/websocket/relays.ts')
  return createRelays(options)
}

export function isUnused({ upstream, webSockets }: Delivery): boolean {
  return upstream.pool.size === 0 && upstream.pool.waiting === 0 && webSockets.size === 0
}

/** Cuts what still runs. */
export function closeDelivery({ upstream, webSockets, expiringStreams }: Delivery): void {
  webSockets.destroyAll()
  upstream.pool.close()
  expiringStreams?.stop()
}
