/**
 * The gate under soak: the built process on a core of its own, looked at from outside through /proc and /metrics. Never
 * shares a connection with the load.
 */
import { once } from 'node:events'
import { request } from 'node:http'
import { gateArguments } from '../built-gate.ts'
import { type RunningProcess, startPinned } from '../process.ts'
import { fdCountOf, rssBytesOf } from '../process-tree.ts'
import { type Metric, parseMetrics, total } from './metrics.ts'
import type { UserPool } from './user-pool.ts'

export interface SoakGate {
  readonly url: string
  /** Rejects with its last words when it ends before it is told to. */
  readonly ended: Promise<never>
  stop(): Promise<void>
  metrics(): Promise<readonly Metric[]>
  vitals(): Promise<Vitals>
}

export interface Vitals {
  readonly rssBytes: number
  readonly heapBytes: number
  readonly lagP99Seconds: number
  readonly fds: number
  readonly handles: number
  readonly inFlight: number
  readonly webSockets: number
  readonly cachedTokens: number
}

const gateCore = 0

/** Keys are asked for every two seconds, so that rotations and outages are felt; idle connections end soon. */
const environment = {
  COGATE_LISTEN: '127.0.0.1:0',
  COGATE_OPS_LISTEN: '127.0.0.1:0',
  COGATE_LOG_ACCESS: 'false',
  COGATE_LIMITS_KEEP_ALIVE: '5s',
  COGATE_JWKS_REFRESH_INTERVAL: '2s',
  COGATE_JWKS_COOLDOWN: '1s',
  COGATE_JWKS_TIMEOUT: '3s',
}

export async function startSoakGate(pool: UserPool, upstreamUrl: string): Promise<SoakGate> {
  const { poolId, issuer } = pool.keyServer
  const env = {
    ...environment,
    COGATE_USER_POOL_ID: poolId,
    COGATE_USER_POOL_ISSUER: issuer,
    COGATE_CLIENT_ID: pool.clientId,
    COGATE_UPSTREAM: upstreamUrl,
  }
  const started = await startPinned(process.execPath, gateArguments(), {
    core: gateCore,
    env,
    readyLine: /"listening"/,
  })
  const { listen, ops } = JSON.parse(started.ready) as { readonly listen: string; readonly ops: string }
  const metrics = async (): Promise<readonly Metric[]> => parseMetrics(await get(`${ops}/metrics`))
  const vitals = async (): Promise<Vitals> => vitalsOf(started.pid, await metrics())
  return { url: listen, ended: endOf(started), stop: started.stop, metrics, vitals }
}

function endOf({ child, lines }: RunningProcess): Promise<never> {
  process.once('exit', () => child.kill('SIGKILL'))
  const ended = once(child, 'exit').then(([code, signal]) => {
    throw new Error([`the gate ended with ${code ?? signal}`, ...lines.slice(-10)].join('\n'))
  })
  // It ends after every soak, when nobody waits for it any more.
  ended.catch(() => undefined)
  return ended
}

function vitalsOf(pid: number, metrics: readonly Metric[]): Vitals {
  return {
    rssBytes: rssBytesOf(pid),
    heapBytes: total(metrics, 'nodejs_heap_size_used_bytes'),
    lagP99Seconds: total(metrics, 'nodejs_eventloop_lag_p99_seconds'),
    fds: fdCountOf(pid),
    handles: total(metrics, 'nodejs_active_handles'),
    inFlight: total(metrics, 'cogate_requests_in_flight'),
    webSockets: total(metrics, 'cogate_websockets'),
    cachedTokens: total(metrics, 'cogate_token_cache_entries'),
  }
}

/** On a connection of its own, closed before the descriptors are counted. */
function get(url: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { agent: false }, (answer) => {
      let text = ''
      answer.setEncoding('utf8').on('data', (part: string) => {
        text += part
      })
      answer.once('end', () => resolve(text))
      answer.once('error', reject)
    })
    outgoing.once('error', reject).end()
  })
}
