/** HAProxy as a plain proxy on a free loopback port: no filters, no rules, its own strictness alone. */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import type { Test } from 'tap'

/** Undefined: it is not installed. */
export function haproxyVersion(): string | undefined {
  const { stdout } = spawnSync('haproxy', ['-v'], { encoding: 'utf8' })
  return /version (\d+\.\d+)/.exec(stdout ?? '')?.[1]
}

/** Killed at the end of the test. */
export async function startHaproxy(t: Test, upstreamUrl: string): Promise<number> {
  const port = await freePort()
  const folder = t.testdir({ 'haproxy.cfg': configuration(port, new URL(upstreamUrl).host) })
  const child = spawn('haproxy', ['-db', '-f', join(folder, 'haproxy.cfg')], { stdio: 'ignore' })
  const exited = once(child, 'exit')
  t.teardown(async () => {
    child.kill('SIGKILL')
    await exited
  })
  await Promise.race([accepts(port), exited.then(() => Promise.reject(new Error('haproxy ended at once')))])
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

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  return typeof address === 'object' && address !== null ? address.port : 0
}

/** HAProxy says nothing when it listens. */
async function accepts(port: number): Promise<void> {
  for (;;) {
    const socket = connect(port, '127.0.0.1')
    const isOpen = await once(socket, 'connect').then(
      () => true,
      () => false,
    )
    socket.destroy()
    if (isOpen) return
    await new Promise((resolve) => setImmediate(resolve))
  }
}
