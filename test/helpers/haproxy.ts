/** HAProxy as a plain proxy on a free loopback port: no filters, no rules, its own strictness alone. */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { Test } from 'tap'
import { findFreePort, untilAccepted } from './listen.ts'

/** Undefined: it is not installed. */
export function haproxyVersion(): string | undefined {
  const { stdout } = spawnSync('haproxy', ['-v'], { encoding: 'utf8' })
  return /version (\d+\.\d+)/.exec(stdout ?? '')?.[1]
}

/** Killed at the end of the test. */
export async function startHaproxy(t: Test, upstreamUrl: string): Promise<number> {
  const port = await findFreePort()
  const folder = t.testdir({ 'haproxy.cfg': configuration(port, new URL(upstreamUrl).host) })
  const child = spawn('haproxy', ['-db', '-f', join(folder, 'haproxy.cfg')], { stdio: 'ignore' })
  const exited = once(child, 'exit')
  t.teardown(async () => {
    child.kill('SIGKILL')
    await exited
  })
  await Promise.race([untilAccepted(port), exited.then(() => Promise.reject(new Error('haproxy ended at once')))])
  return port
}

function configuration(port: number, upstream: string): string {
  return `defaults
  mode http
  timeout connect 1s
  timeout client 2s
  timeout server 2s
  timeout http-request 1s
  timeout http-keep-alive 2s
  http-reuse safe
frontend front
  bind 127.0.0.1:${port}
  default_backend back
backend back
  server upstream ${upstream}
`
}
