/**
 * Small things about loopback: a free port, an answer, waiting for a server. Never talks to another machine.
 */
import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { request } from 'node:http'
import { createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/**
 * Free a moment ago: servers that cannot tell which port they got are given this one. Below the ports that Linux gives
 * to outgoing connections (32768 and up), of which a bench opens many.
 */
export async function freePort(): Promise<number> {
  const port = randomInt(12_000, 32_000)
  const server = createServer()
  const isFree = await once(server.listen(port, '127.0.0.1'), 'listening').then(
    () => true,
    () => false,
  )
  if (!isFree) return freePort()
  server.close()
  await once(server, 'close')
  return port
}

/** The status of one GET on a connection of its own; 0 when nobody answers. */
export function statusOf(url: string, token?: string): Promise<number> {
  return new Promise((resolve) => {
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` }
    const outgoing = request(url, { headers, agent: false, timeout: ANSWER_TIMEOUT_MS }, (answer) => {
      answer.resume()
      answer.once('end', () => resolve(answer.statusCode ?? 0))
      answer.once('error', () => resolve(0))
    })
    outgoing.once('timeout', () => outgoing.destroy())
    outgoing.once('error', () => resolve(0))
    outgoing.end()
  })
}

export interface Waiting {
  readonly url: string
  readonly token?: string | undefined
  readonly isDone: (status: number) => boolean
}

/** Asks until the status is as wished; throws after fifteen seconds. */
export async function waitForStatus({ url, token, isDone }: Waiting): Promise<void> {
  const deadline = performance.now() + WAIT_TIMEOUT_MS
  let status = 0
  while (performance.now() < deadline) {
    status = await statusOf(url, token)
    if (isDone(status)) return
    await sleep(ASK_EVERY_MS)
  }
  throw new Error(`${url} was not ready in time, its last status was ${status}`)
}

const ASK_EVERY_MS = 4
const ANSWER_TIMEOUT_MS = 5_000
const WAIT_TIMEOUT_MS = 15_000
