/**
 * The key endpoint of the soak's user pool, with outages on demand. Listens on loopback; knows which keys are published
 * and nothing of the private ones.
 */
import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Jwks } from '../../src/issuer/keys.ts'

/** `refuse` closes connections at once, `hang` never answers, `fail` answers 500. */
export type Outage = 'refuse' | 'hang' | 'fail'

export interface KeyServer {
  readonly poolId: string
  readonly issuer: string
  publish(sets: readonly Jwks[]): void
  /** Resolves when what is published now has been fetched, and read a moment ago. */
  fetched(): Promise<void>
  /** Whether the gate may be without the answer it last asked for. */
  isDown(): boolean
  setOutage(outage: Outage | undefined): void
  close(): Promise<void>
}

const lookMs = 50
const poolId = 'eu-west-1_SoakPool1'

/** The gate asks every two seconds: after so long without a good answer one is late. */
const lateMs = 3000
/** Until a good answer has reached every call that waited for it. */
const readMs = 1500

export async function startKeyServer(): Promise<KeyServer> {
  const endpoint = new Endpoint()
  const server = createServer((_request, response) => endpoint.answer(response))
  server.on('connection', (socket: Socket) => endpoint.outage === 'refuse' && socket.resetAndDestroy())
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  return {
    poolId,
    issuer: `http://127.0.0.1:${port}/${poolId}`,
    publish: (sets) => endpoint.publish(JSON.stringify({ keys: sets.flatMap(({ keys }) => keys) })),
    fetched: () => endpoint.fetched(),
    isDown: () => endpoint.isDown(),
    setOutage(outage) {
      endpoint.setOutage(outage)
      // Connections that were kept or hang know nothing of it yet.
      server.closeAllConnections()
    },
    async close() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}

class Endpoint {
  #outage: Outage | undefined
  #body = ''
  #isFetched = false
  #goodAt = performance.now()
  #recoveredAt = 0
  #isOut = false

  publish(body: string): void {
    this.#body = body
    this.#isFetched = false
  }

  get outage(): Outage | undefined {
    return this.#outage
  }

  setOutage(outage: Outage | undefined): void {
    this.#outage = outage
    this.#isOut = true
  }

  async fetched(): Promise<void> {
    while (!this.#isFetched) await sleep(lookMs)
    await sleep(readMs)
  }

  isDown(): boolean {
    return this.#isLate() || performance.now() - this.#recoveredAt < readMs
  }

  #isLate(): boolean {
    return this.#isOut || performance.now() - this.#goodAt > lateMs
  }

  answer(response: ServerResponse): void {
    if (this.outage === 'hang') return
    if (this.outage === 'fail') {
      response.writeHead(500).end()
      return
    }
    const now = performance.now()
    if (this.#isLate()) this.#recoveredAt = now
    this.#isOut = false
    this.#goodAt = now
    this.#isFetched = true
    response.writeHead(200, { 'content-type': 'application/json' }).end(this.#body)
  }
}
