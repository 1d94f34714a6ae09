/** The upstream resets while the caller reads slowly: the exchange breaks off, the process stays. */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import t, { type Test } from 'tap'
import { startRawStack } from '../helpers/stack.ts'

const stepBytes = 48 * 1024
const stallMs = 100

/** Sends until nothing more is taken for a while; returns how much was. */
function fill(socket: Socket): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<number>()
  const chunk = Buffer.alloc(stepBytes)
  const step = (sent: number): void => {
    const stalled = setTimeout(resolve, stallMs, sent)
    socket.write(chunk, (error) => {
      clearTimeout(stalled)
      if (!error) step(sent + chunk.length)
    })
  }
  step(0)
  return promise
}

/** Sends so much, and resets once it has gone or got stuck. */
async function sendAndReset(socket: Socket, bytes: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  socket.write(Buffer.alloc(bytes), () => setTimeout(resolve, 5))
  await Promise.race([promise, new Promise((late) => setTimeout(late, stallMs))])
  socket.resetAndDestroy()
}

async function askAndNotRead(t: Test, port: number, request: string): Promise<Socket> {
  const caller = connect(port, '127.0.0.1').on('error', () => undefined)
  t.teardown(() => caller.destroy())
  caller.write(request)
  await once(caller, 'readable')
  return caller
}

for (const field of ['', 'Connection: close\r\nContent-Length: 99000000\r\n']) {
  t.test(`with ${JSON.stringify(field)}`, async (t) => {
    const arrivals: ((socket: Socket) => void)[] = []
    const nextUpstream = () => new Promise<Socket>((resolve) => arrivals.push(resolve))
    const { gate, head, send } = await startRawStack(t, (socket) => {
      socket.once('data', () => {
        socket.write(`HTTP/1.1 200 OK\r\n${field}\r\n`)
        arrivals.shift()?.(socket)
      })
    })
    // How much goes into the buffers between here and a caller who does not read …
    const firstUpstream = nextUpstream()
    const first = await askAndNotRead(t, gate.port, head('GET /x'))
    const capacity = await fill(await firstUpstream)
    first.destroy()
    t.ok(capacity > stepBytes, `${capacity} bytes until nothing more is taken`)
    // … and the reset at every fill level around it: one is where the gate has just stopped reading.
    let resets = 0
    for (let bytes = capacity / 2; bytes < capacity + stepBytes; bytes += stepBytes) {
      const upstream = nextUpstream()
      const caller = await askAndNotRead(t, gate.port, head('GET /x'))
      await sendAndReset(await upstream, bytes)
      caller.destroy()
      resets++
    }
    const upstream = nextUpstream()
    const answer = send(head('GET /x'))
    const socket = await upstream
    socket.end()
    const { responses } = await answer
    t.equal(responses[0]?.status, 200, `the gate answers after ${resets} resets`)
  })
}
