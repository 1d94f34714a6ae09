/** A real redis-server on a free loopback port, which a test stops, freezes and starts again. */
import type { ChildProcess } from 'node:child_process'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'iovalkey'
import type { Test } from 'tap'
import { findFreePort, untilAccepted, untilRefused } from './listen.ts'

/** What a test is skipped with where it is missing. */
export const skipRedis =
  spawnSync('redis-server', ['--version']).status === 0
    ? false
    : 'redis-server is not installed (apt-get install redis-server)'

export interface TestRedis {
  readonly url: string
  readonly port: number
  /** Its data is there again after the next `start`. */
  stop(): Promise<void>
  start(): Promise<void>
  kill(signal: NodeJS.Signals): void
  /** For looking at what is in it. */
  readonly client: Redis
}

/** Ended at the end of the test. */
export async function startRedis(t: Test, options: readonly string[] = []): Promise<TestRedis> {
  const port = await findFreePort()
  // A folder of its own: `t.testdir` is emptied by the next one of the same test.
  const folder = mkdtempSync(join(tmpdir(), 'cogate-redis-'))
  const fixed = ['--port', `${port}`, '--bind', '127.0.0.1', '--dir', folder, '--appendonly', 'yes', '--save', '']
  const running: { server?: ChildProcess } = {}
  const start = async () => {
    running.server = spawn('redis-server', [...fixed, '--appendfsync', 'always', ...options], { stdio: 'ignore' })
    await untilAccepted(port)
  }
  const end = async (signal: NodeJS.Signals) => {
    const { server } = running
    delete running.server
    if (server === undefined || server.exitCode !== null) return
    const exited = once(server, 'exit')
    server.kill(signal)
    await exited
    await untilRefused(port)
  }
  const client = new Redis({ port, lazyConnect: true, retryStrategy: () => 50, maxRetriesPerRequest: null })
  client.on('error', () => undefined)
  t.teardown(async () => {
    client.disconnect()
    await end('SIGKILL')
    rmSync(folder, { recursive: true })
  })
  await start()
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    stop: () => end('SIGTERM'),
    start,
    kill: (signal) => void running.server?.kill(signal),
    client,
  }
}
