/**
 * WebSocket echo round trips through the contender: CPU time per round trip, which is two messages forwarded.
 */
import type { Running } from '../contenders/contender.ts'
import type { EchoesJob, EchoesResult } from '../load/echoes.ts'
import { runChild } from '../load/load.ts'
import { cpuMicrosOf } from '../process-tree.ts'
import { type Measured, runRounds } from './rounds.ts'
import type { Bench, Scenario } from './scenario.ts'

const CONNECTIONS = 64
const MESSAGE_BYTES = 64

export const websocket: Scenario = {
  name: 'websocket',
  title: `WebSocket: echo of ${MESSAGE_BYTES} bytes on ${CONNECTIONS} connections`,
  quick: true,
  run: (bench, scenario) =>
    runRounds(bench, scenario, {
      cases: ['direct', 'cogate', 'haproxy'].map((contender) => ({
        label: contender,
        contender,
        variant: { upstream: 'node' as const },
      })),
      columns: [
        { head: 'CPU µs/round trip', key: 'cpu', digits: 1, spread: true },
        { head: '÷ cogate', key: 'cpu', digits: 2, against: { label: 'cogate', how: 'ratio' } },
        { head: 'round trips/s', key: 'perSecond', digits: 0, spread: true },
      ],
      notes: ['A round trip is two messages for the gate to forward; HAProxy forwards bytes without reading frames.'],
      measure: (_one, running, seconds) => measureEchoes(bench, running, seconds),
    }),
}

async function measureEchoes({ world }: Bench, { url, pid }: Running, seconds: number): Promise<Measured> {
  const token = world.tokens.hot.tokens[0] ?? ''
  const before = cpuMicrosOf(pid)
  const job: EchoesJob = { url: `${url}/socket`, token, connections: CONNECTIONS, seconds, bytes: MESSAGE_BYTES }
  const result = await runChild<EchoesResult>('echoes.ts', job, world.loadCore)
  const after = cpuMicrosOf(pid)
  const { messages, socketErrors } = result
  if (messages === 0) return { figures: {}, problem: 'no message came back' }
  return {
    figures: {
      cpu: (after.user + after.system - before.user - before.system) / messages,
      perSecond: messages / result.seconds,
    },
    problem: socketErrors > 0 ? `${socketErrors} connections were closed` : undefined,
  }
}
