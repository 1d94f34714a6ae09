/** The real process in the middle of a request. */
import type { Test } from 'tap'
import type { GateProcess } from './gateway.ts'
import { spawnGate } from './gateway.ts'
import { startTestIssuer } from './issuer.ts'
import { startUpstream } from './upstream.ts'

export interface BusyGate {
  readonly gate: GateProcess
  /** Of the open request; it may reject unheard. */
  readonly response: Promise<Response>
  /** Lets the upstream answer. */
  answer(): void
}

/** A gate with one request that the upstream answers only when `answer` is called. */
export async function startBusyGate(
  t: Test,
  env: Readonly<Record<string, string | undefined>> = {},
): Promise<BusyGate> {
  const held = Promise.withResolvers<void>()
  const upstream = await startUpstream(t, (_request, response) =>
    held.promise.then(() => response.end('late but whole')),
  )
  const issuer = await startTestIssuer(t)
  const gate = await spawnGate(t, { issuer, upstream: upstream.url, env })
  const headers = { authorization: `Bearer ${issuer.mintAccessToken()}` }
  const response = fetch(`http://127.0.0.1:${gate.port}/`, { headers })
  response.catch(() => undefined)
  await upstream.received(1)
  return { gate, response, answer: held.resolve }
}
