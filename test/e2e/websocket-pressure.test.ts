/** A side that does not read holds the other one back: what the gate keeps for it stays bounded. */
import { once } from 'node:events'
import t from 'tap'
import type { WebSocket } from 'ws'
import { startTestGate } from '../helpers/gateway.ts'
import { startTestIssuer } from '../helpers/issuer.ts'
import { handshakeBytes, openCaller, openRaw, startSocketUpstream } from '../helpers/websockets.ts'

const issuer = await startTestIssuer(t)
const headers = { authorization: `Bearer ${issuer.mintAccessToken()}` }
const messageBytes = 64 * 1024
const messageCount = 1024

/** Sends the whole load, each message when the one before it has left; says how many left before they stalled. */
function flood(send: (message: Buffer, sent: () => void) => void): {
  readonly sent: () => number
  readonly stalled: Promise<number>
  readonly done: Promise<void>
} {
  const message = Buffer.alloc(messageBytes)
  const done = Promise.withResolvers<void>()
  const stalled = Promise.withResolvers<number>()
  let sent = 0
  const next = (): void => {
    if (sent === messageCount) {
      done.resolve()
      return
    }
    const timer = setTimeout(() => stalled.resolve(sent), 300)
    send(message, () => {
      clearTimeout(timer)
      sent++
      next()
    })
  }
  next()
  return { sent: () => sent, stalled: stalled.promise, done: done.promise }
}

/** Reads on and resolves once the whole load is there. */
async function drain(reader: WebSocket): Promise<number> {
  let count = 0
  const all = Promise.withResolvers<number>()
  reader.on('message', () => {
    count++
    if (count === messageCount) all.resolve(count)
  })
  reader.resume()
  return all.promise
}

const modes = ['tunnel', 'relay'].map((mode) => ({ mode, env: { COGATE_UPSTREAM_WEB_SOCKET: mode } }))

for (const { mode, env, direction } of modes.flatMap((way) => [
  { ...way, direction: 'upstream' },
  { ...way, direction: 'caller' },
])) {
  t.test(`${mode}: a sender is stalled while the ${direction} does not read, and nothing is lost`, async (t) => {
    const upstream = await startSocketUpstream(t, () => undefined)
    const gate = await startTestGate(t, { issuer, upstream: upstream.url, env })
    const { socket: near } = await openCaller(t, gate.url, { headers })
    await upstream.opened(1)
    const [far] = upstream.sockets
    if (far === undefined) throw new Error('no upstream socket')
    const [sender, reader] = direction === 'upstream' ? [near, far] : [far, near]
    near.removeAllListeners('message')
    reader.pause()
    const before = process.memoryUsage().rss
    const load = flood((message, sent) => sender.send(message, sent))
    const stalledAfter = await load.stalled
    // Socket buffers of the system take some megabytes on each of the two connections.
    t.ok(stalledAfter * messageBytes < 40 * 1024 * 1024, `${stalledAfter} messages until the sender stalled`)
    t.ok(process.memoryUsage().rss - before < 64 * 1024 * 1024)
    const received = drain(reader)
    await load.done
    t.equal(await received, messageCount)
  })
}

for (const { mode, env } of modes) {
  t.test(`${mode}: a caller is stalled while the upstream connection is not open yet`, async (t) => {
    const upstream = await startSocketUpstream(t, () => undefined)
    const accept = upstream.server.listeners('upgrade')[0] as (...args: unknown[]) => void
    const pending = Promise.withResolvers<() => void>()
    upstream.server.removeAllListeners('upgrade').on('upgrade', (...args) => pending.resolve(() => accept(...args)))
    const gate = await startTestGate(t, { issuer, upstream: upstream.url, env })
    const caller = await openRaw(t, gate.port, handshakeBytes('/', `Authorization: ${headers.authorization}`))
    const open = await pending.promise
    const header = Buffer.from([0x82, 0xff, 0, 0, 0, 0, 0, messageBytes / 65_536, 0, 0, 0, 0, 0, 0])
    const load = flood((message, sent) => caller.write(Buffer.concat([header, message]), sent))
    t.ok((await load.stalled) * messageBytes < 40 * 1024 * 1024)
    open()
    await upstream.opened(1)
    const [far] = upstream.sockets
    if (far === undefined) throw new Error('no upstream socket')
    const received = drain(far)
    await load.done
    t.equal(await received, messageCount)
    caller.end()
    await once(far, 'close')
  })
}
