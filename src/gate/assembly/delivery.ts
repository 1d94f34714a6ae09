/**
 * Where requests go that may pass: built from the configuration, kept over a reload that changes nothing of it, and left to
 * those who still use it by one that does.
 */
import { isDeepStrictEqual as isSame } from 'node:util'
import type { Config } from '../../config/config.ts'
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
export async function compileDelivery(config: Config, { observers, now, before }: DeliveryContext): Promise<Delivery> {
  if (before && !hasFiles(config) && isSame(settingsOf(before.config), settingsOf(config)))
    return before.runtime.delivery
  const { upstream: settings, auth } = config
  const upstream = createUpstream(settings, ({ message }) =>
    observers.log.error({ err: { message } }, 'TLS files could not be read; the old ones stay'),
  )
  const webSockets = await createWebSockets({ upstream, settings, now, gauge: observers.metrics.webSockets })
  return {
    upstream,
    upstreamUrl: settings.url,
    webSockets,
    expiringStreams: auth.endStreamsAtExpiry ? new ExpiringStreams(now) : undefined,
    callerIdleMs: callerIdleMs(settings),
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

function settingsOf({ upstream, auth }: Config) {
  return { upstream, endStreamsAtExpiry: auth.endStreamsAtExpiry }
}

function hasFiles({ upstream: { tls } }: Config): boolean {
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
