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

export interface HaproxyOptions {
  /** More servers, which take turns with the first one; a request that reaches one of them not is sent to the next. */
  readonly others?: readonly string[]
  /** How long it waits for an answer. */
  readonly timeout?: string
}

/** Killed at the end of the test. */
export async function startHaproxy(t: Test, upstreamUrl: string, options: HaproxyOptions = {}): Promise<number> {
  const port = await findFreePort()
  const hosts = [upstreamUrl, ...(options.others ?? [])].map((url) => new URL(url).host)
  const folder = t.testdir({ 'haproxy.cfg': configuration(port, hosts, options.timeout ?? '2s') })
  const child = spawn('haproxy', ['-db', '-f', join(folder, 'haproxy.cfg')], { stdio: 'ignore' })
  const exited = once(child, 'exit')
  t.teardown(async () => {
    child.kill('SIGKILL')
    await exited
  })
  await Promise.race([untilAccepted(port), exited.then(() => Promise.reject(new Error('haproxy ended at once')))])
  return port
}

function configuration(port: number, hosts: readonly string[], timeout: string): string {
  const servers = hosts.map((host, index) => `  server upstream${index} ${host}`)
  return `defaults
  mode http
  timeout connect 1s
  timeout client ${timeout}
  timeout server ${timeout}
  timeout http-request 1s
  timeout http-keep-alive 2s
  http-reuse safe
frontend front
  bind 127.0.0.1:${port}
  default_backend back
backend back
${hosts.length > 1 ? '  balance roundrobin\n  option redispatch 1\n' : ''}${servers.join('\n')}
`
}
