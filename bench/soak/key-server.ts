/**
 * The key endpoint of the soak's user pool, with outages on demand. Listens on loopback; knows which keys are published
 * and nothing of the private ones.
 */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import type { Jwks } from '../../src/issuer/keys.ts'

/** `refuse` closes connections at once, `hang` never answers, `fail` answers 500. */
export type Outage = 'refuse' | 'hang' | 'fail'

export interface KeyServer {
  readonly poolId: string
  readonly issuer: string
  readonly fetches: number
  publish(sets: readonly Jwks[]): void
  setOutage(outage: Outage | undefined): void
  close(): Promise<void>
}

const poolId = 'eu-west-1_SoakPool1'

export async function startKeyServer(): Promise<KeyServer> {
  const state: { outage: Outage | undefined; body: string; fetches: number } = {
    outage: undefined,
    body: '',
    fetches: 0,
  }
  const server = createServer((_request, response) => {
    state.fetches++
    if (state.outage === 'hang') return
    const status = state.outage === 'fail' ? 500 : 200
    response.writeHead(status, { 'content-type': 'application/json' }).end(status === 200 ? state.body : '{}')
  })
  server.on('connection', (socket: Socket) => state.outage === 'refuse' && socket.resetAndDestroy())
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  return {
    poolId,
    issuer: `http://127.0.0.1:${port}/${poolId}`,
    get fetches() {
      return state.fetches
    },
    publish(sets) {
      state.body = JSON.stringify({ keys: sets.flatMap(({ keys }) => keys) })
    },
    setOutage(outage) {
      state.outage = outage
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
