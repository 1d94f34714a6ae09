/** WebSocket peers that are not ours and not Node's: test/interop/wsproto-peer.py on Debian's python3-wsproto. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Test } from 'tap'
import type { SocketPeer } from './socket-peers.ts'

/** Debian's own: another Python on the path does not see Debian's packages. */
const python = '/usr/bin/python3'
const script = fileURLToPath(new URL('../interop/wsproto-peer.py', import.meta.url))

export function hasWsproto(): boolean {
  return spawnSync(python, ['-c', 'import wsproto']).status === 0
}

export async function startWsprotoUpstream(t: Test): Promise<SocketPeer> {
  const reports = readReports(start(t, ['server']))
  const { port } = await reports()
  return {
    url: `http://127.0.0.1:${Number(port)}`,
    closed: async () => {
      const { code, reason } = await reports()
      return { code: Number(code), reason: String(reason) }
    },
  }
}

/** What the caller saw. */
export function callByWsproto(t: Test, port: number, token: string): Promise<Readonly<Record<string, unknown>>> {
  return readReports(start(t, ['client', String(port), token]))()
}

function start(t: Test, argv: readonly string[]): ChildProcess {
  const child = spawn(python, [script, ...argv], { stdio: ['ignore', 'pipe', 'inherit'] })
  const exited = once(child, 'exit')
  t.teardown(async () => {
    child.kill('SIGKILL')
    await exited
  })
  return child
}

/** The next line of JSON at each call; rejects when the process ended. */
function readReports({ stdout }: ChildProcess): () => Promise<Readonly<Record<string, unknown>>> {
  if (stdout === null) throw new Error('no standard output')
  const lines = createInterface({ input: stdout })[Symbol.asyncIterator]()
  return async () => {
    const { value, done } = await lines.next()
    if (done) throw new Error('the peer ended')
    return JSON.parse(String(value)) as Readonly<Record<string, unknown>>
  }
}
