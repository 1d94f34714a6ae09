/** One connection to a scripted upstream; its timeouts are far away and reached by argument only. */
import { once } from 'node:events'
import { connect } from 'node:net'
import type { Test } from 'tap'
import { Connection } from '../../src/upstream/connection.ts'
import { createTally } from './tally.ts'
import { type ConnectionScript, startRawUpstream } from './upstream.ts'

export const responseTimeoutMs = 100_000
export const idleTimeoutMs = 200_000
export const keepAliveMs = 400_000

export async function openConnection(t: Test, script: ConnectionScript) {
  const upstream = await startRawUpstream(t, script)
  const socket = connect(upstream.port, '127.0.0.1')
  await once(socket, 'connect')
  const freed = createTally()
  const gone = createTally()
  const limits = { responseTimeoutMs, idleTimeoutMs, keepAliveMs, certainMs: keepAliveMs }
  const options = {
    ...limits,
    reuses: true,
    tolerated: new Set<never>(),
    now: () => performance.now(),
    onIdleClose: () => undefined,
  }
  const connection = new Connection(socket, { ...options, onFree: () => freed.add(), onGone: () => gone.add() })
  t.teardown(() => connection.destroy())
  return { connection, socket, upstream, freed, gone }
}
