import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import { connect, type Socket } from 'node:net'
import { connect as connectSecurely } from 'node:tls'
import t, { type Test } from 'tap'
import { endSilentCallers, isAnswering, type Silence } from '../../../src/gate/listener/silent-callers.ts'
import { createAuthority } from '../../helpers/certificates.ts'
import { listenOnLoopback } from '../../helpers/listen.ts'

const authority = createAuthority()
const request = 'GET / HTTP/1.1\r\nHost: a\r\n'

const kinds = {
  http: {
    create: (handler: RequestListener): Server => createServer(handler),
    connect: (port: number): Socket => connect(port, '127.0.0.1'),
  },
  https: {
    create: (handler: RequestListener): Server => createSecureServer(authority.issue('127.0.0.1'), handler),
    connect: (port: number): Socket => connectSecurely({ port, host: '127.0.0.1', rejectUnauthorized: false }),
  },
} as const

const bodies = { requestTimeoutMs: 300_000, bodyIdleMs: 60_000 }

async function start(
  t: Test,
  kind: keyof typeof kinds,
  silence: Omit<Silence, 'bodies'>,
  handler: RequestListener = () => undefined,
) {
  const server = kinds[kind].create(handler)
  endSilentCallers(server, { bodies, ...silence })
  const { port } = await listenOnLoopback(t, server)
  const call = (): Socket => {
    const caller = kinds[kind].connect(port).on('error', () => undefined)
    t.teardown(() => caller.destroy())
    return caller.resume()
  }
  return { server, call }
}

for (const kind of ['http', 'https'] as const) {
  t.test(`${kind}: ends a connection that stays silent while its answer is awaited, and no sooner`, async (t) => {
    const silence = { idleTimeoutMs: 100, keepAliveMs: 60_000 }
    const { call } = await start(t, kind, silence, ({ socket }) => t.ok(isAnswering(socket)))
    const [silent, unused] = [call(), call()]
    const startedAt = performance.now()
    silent.write(`${request}\r\n`)
    await once(silent, 'close')
    t.ok(performance.now() - startedAt >= 100)
    t.notOk(unused.destroyed)
  })

  t.test(`${kind}: an answer may take longer than a connection may rest`, async (t) => {
    const silence = { idleTimeoutMs: 60_000, keepAliveMs: 10 }
    const answers: (() => void)[] = []
    const { call } = await start(t, kind, silence, (_request, response) => answers.push(() => response.end('late')))
    const [slow, resting] = [call(), call()]
    slow.write(`${request}\r\n`)
    await once(resting, 'close')
    const answered = once(slow, 'data')
    answers[0]?.()
    t.match(String((await answered)[0]), /late$/)
    await once(slow, 'close')
  })

  t.test(`${kind}: leaves a connection alone once an upgrade has taken it, and gives its timers back`, async (t) => {
    const { server, call } = await start(t, kind, { idleTimeoutMs: 20, keepAliveMs: 20 })
    const taken = Promise.withResolvers<Socket>()
    server.on('upgrade', (_request, socket: Socket) => taken.resolve(socket))
    call().write(`${request}Connection: upgrade\r\nUpgrade: x\r\n\r\n`)
    const resting = call()
    const socket = await taken.promise
    const timedOut = once(socket, 'timeout')
    socket.setTimeout(150)
    await once(resting, 'close')
    await timedOut
    t.notOk(socket.destroyed)
  })
}
