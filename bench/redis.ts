/** A Redis of the run's own, empty at first and on the load generator's core. */
import { spawnSync } from 'node:child_process'
import { freePort } from './network.ts'
import { startPinned } from './process.ts'

export interface BenchRedis {
  readonly url: string
  stop(): Promise<void>
}

/** Undefined where redis-server is not installed. */
export async function startRedis(folder: string, core: number | undefined): Promise<BenchRedis | undefined> {
  if (spawnSync('redis-server', ['--version'], { stdio: 'ignore' }).status !== 0) return undefined
  const port = await freePort()
  const args = ['--bind', '127.0.0.1', '--port', String(port), '--dir', folder, '--save', '']
  const { stop } = await startPinned('redis-server', args, { core, readyLine: /Ready to accept connections/ })
  return { url: `redis://127.0.0.1:${port}`, stop }
}
