/**
 * What all contenders have in common: they are started from a world, and run or are missing for a reason. Knows none of
 * them by name.
 */
import { spawnSync } from 'node:child_process'
import { waitForStatus } from '../network.ts'
import { startPinned } from '../process.ts'
import type { UpstreamName } from '../upstreams.ts'
import type { World } from '../world.ts'

/** How this scenario wants the contender; what a contender has no such thing for, it leaves out. */
export interface Variant {
  readonly upstream?: UpstreamName
  readonly tokenCacheMaxEntries?: number
  readonly accessLog?: boolean
  /** Rules of the gate besides the public one. */
  readonly routes?: number
  readonly workers?: number
  /** Browser sign-in is on, and its sessions are there. */
  readonly sessions?: 'cookie' | 'redis'
  /** Other proxies may ask about requests. */
  readonly forwardAuth?: boolean
  /** Default true. */
  readonly pinned?: boolean
}

export interface Running {
  readonly kind: 'running'
  /** Without a slash at its end. */
  readonly url: string
  readonly pid: number
  readonly version: string
  /** From the start of its process to its first answer. */
  readonly startMs: number
  stop(): Promise<void>
}

export interface Missing {
  readonly kind: 'missing'
  readonly why: string
}

export interface Contender {
  readonly name: string
  /** One line for the report. */
  readonly what: string
  /** False where nothing is verified, so that nothing can be proved. */
  readonly gates: boolean
  start(world: World, variant: Variant): Promise<Running | Missing>
}

export function missing(why: string): Missing {
  return { kind: 'missing', why }
}

export interface Launch {
  readonly command: string
  readonly args: readonly string[]
  readonly port: number
  readonly version: string
  readonly core: number | undefined
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
  /** With it the server is ready at its first 200, without it at its first answer. */
  readonly token?: string | undefined
}

/** Waits until the server answers; its own last words are the error when it does not. */
export async function launch({ command, args, port, version, token, ...options }: Launch): Promise<Running> {
  const started = performance.now()
  const { pid, child, lines, stop } = await startPinned(command, args, options)
  const url = `http://127.0.0.1:${port}`
  const isReady = (status: number): boolean => (token === undefined ? status !== 0 : status === 200)
  try {
    const isDone = (status: number): boolean => isReady(status) || child.exitCode !== null
    await waitForStatus({ url: `${url}/`, token, isDone })
    if (child.exitCode !== null) throw new Error(`ended with ${child.exitCode}`)
  } catch (error) {
    await stop()
    throw new Error([`${command} is not ready: ${String(error)}`, ...lines.slice(-5)].join('\n'), { cause: error })
  }
  return { kind: 'running', url, pid, version, startMs: performance.now() - started, stop }
}

export function coreOf(world: World, { pinned = true }: Variant): number | undefined {
  return pinned ? world.gateCore : undefined
}

export function upstreamOf(world: World, { upstream = 'fixed' }: Variant): { url: string; port: number; pid: number } {
  return world.upstreams[upstream]
}

/** The first line that a program says about its version; undefined when it is not installed. */
export function versionOf(command: string, args: readonly string[]): string | undefined {
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8' })
  return status === null || status > 1 ? undefined : `${stdout}${stderr}`.trim().split('\n')[0]
}
