import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import { WebSocket, WebSocketServer } from 'ws'
import { keepAlive } from '../../../src/upstream/websocket/socket-relay.ts'

/** Both ends live in this process: on a busy machine an answer may take a while. */
const patientMs = 200

async function openPair(t: Test, autoPong: boolean) {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', autoPong })
  await once(server, 'listening')
  const connected = once(server, 'connection')
  const near = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`)
  const [far] = (await connected) as [WebSocket]
  if (near.readyState !== WebSocket.OPEN) await once(near, 'open')
  t.teardown(() => {
    near.terminate()
    far.terminate()
    server.close()
  })
  return { near, far }
}

t.test('a socket that answers is pinged again and again, and nobody hears of its answers', async (t) => {
  const { near, far } = await openPair(t, true)
  const pongs: string[] = []
  near.on('pong', (data) => pongs.push(String(data)))
  keepAlive(near, () => t.fail('it is not dead'), patientMs)
  for (let round = 0; round < 4; round++) await once(far, 'ping')
  near.close()
  await once(far, 'close')
  t.strictSame(pongs, [])
})

t.test('one that does not answer is dead by the next ping, and is cut', async (t) => {
  const { near, far } = await openPair(t, false)
  let deaths = 0
  let pings = 0
  far.on('ping', () => pings++)
  keepAlive(near, () => deaths++, 20)
  const [code] = await once(near, 'close')
  t.strictSame({ code, deaths, pings }, { code: 1006, deaths: 1, pings: 1 })
})

t.test('one that is not read, because its other side is slow, is not taken for dead', async (t) => {
  const { near, far } = await openPair(t, true)
  near.pause()
  keepAlive(near, () => t.fail('it is not dead'), patientMs)
  for (let round = 0; round < 4; round++) await once(far, 'ping')
  near.resume()
  near.close()
  await once(far, 'close')
})
