/** A whole gate on real sockets, in this process for speed, with its access lines by request id. */
import { Writable } from 'node:stream'
import { loadConfig } from '../../../src/config/load.ts'
import type { Issuer } from '../../../src/issuer/server.ts'
import { createLogger } from '../../../src/ops/log.ts'
import { startGate } from '../../../src/process/start-gate.ts'
import { gateEnvironment } from '../../helpers/gateway.ts'
import { startPool } from './pool.ts'

export interface AccessLine {
  readonly requestId: string
  readonly method: string
  /** Without the query. */
  readonly path: string
  readonly outcome: string
  readonly reason: string
  readonly aborted?: true
}

export interface FuzzGate {
  readonly issuer: Issuer
  readonly port: number
  readonly accesses: ReadonlyMap<string, AccessLine>
  /** What the gate has said of itself at level error since they were taken last: there must be none. */
  takeFaults(): readonly string[]
  close(): Promise<void>
}

export interface FuzzGateOptions {
  readonly upstream: string
  readonly routes: readonly object[]
  readonly env?: Environment | ((issuer: Issuer) => Environment)
}

type Environment = Readonly<Record<string, string>>

const errorLevel = 50
/** A fuzzer leaves the event loop no rest, and a busy machine still less: no reason to refuse. */
const patient = { COGATE_LIMITS_EVENT_LOOP_DELAY: 'none' }

export async function openGate(options: FuzzGateOptions): Promise<FuzzGate> {
  const issuer = await startPool()
  const accesses = new Map<string, AccessLine>()
  const faults: string[] = []
  const ready = Promise.withResolvers<void>()
  const own = typeof options.env === 'function' ? options.env(issuer) : options.env
  const env = gateEnvironment({ issuer, ...options, env: { ...patient, ...own } })
  const { config } = loadConfig({ argv: [], env })
  const stream = readingLines((text) => {
    const line = JSON.parse(text) as { readonly msg: string; readonly level: number | string }
    if (line.msg === 'access') remember(accesses, line as unknown as AccessLine)
    if (line.msg === 'keys_changed') ready.resolve()
    if (line.level === 'error' || Number(line.level) >= errorLevel) faults.push(text)
  })
  const gate = await startGate(config, { version: '0.0.0-fuzz', log: createLogger(config.log, stream) })
  await ready.promise
  return {
    issuer,
    port: Number(new URL(gate.url).port),
    accesses,
    takeFaults: () => faults.splice(0),
    async close() {
      await gate.close()
      await issuer.close()
    },
  }
}

/** An exchange is recorded once: a second line is kept under a name of its own, where nobody asks for it. */
function remember(accesses: Map<string, AccessLine>, line: AccessLine): void {
  const { requestId } = line
  accesses.set(accesses.has(requestId) ? `${requestId} again` : requestId, line)
}

function readingLines(read: (line: string) => void): Writable {
  return new Writable({
    write(chunk: Buffer, _encoding, done) {
      for (const line of chunk.toString().split('\n')) if (line !== '') read(line)
      done()
    },
  })
}
