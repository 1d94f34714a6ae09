/** Requests in one go on one connection: answered in order, and none of them holds up anybody else's. */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import t, { type Test } from 'tap'
import { startRawStack, startStack } from '../helpers/stack.ts'

async function ask(t: Test, port: number, bytes: string): Promise<Socket> {
  const caller = connect(port, '127.0.0.1').on('error', () => undefined)
  t.teardown(() => caller.destroy())
  await once(caller, 'connect')
  caller.write(bytes)
  return caller
}

t.test('answers in the order of the requests, whichever is ready first', async (t) => {
  const { head, send } = await startStack(t, {
    handler(request, response) {
      const delayMs = request.url === '/0' ? 150 : 0
      setTimeout(() => response.end(`answer to ${request.url}`), delayMs)
    },
  })
  const bytes = Array.from({ length: 5 }, (_, index) => head(`GET /${index}`)).join('')
  const { responses } = await send(bytes, { expectResponses: 5, methods: Array.from({ length: 5 }, () => 'GET') })
  t.strictSame(
    responses.map(({ body }) => body.toString()),
    Array.from({ length: 5 }, (_, index) => `answer to /${index}`),
  )
})

t.test('a refusal in the middle keeps its place', async (t) => {
  const { head, send } = await startStack(t, {
    handler: (_request, response) => setImmediate(() => response.end('ok')),
  })
  const bytes = `${head('GET /1')}GET /2 HTTP/1.1\r\nHost: a\r\n\r\n${head('GET /3')}`
  const { responses } = await send(bytes, { expectResponses: 3, methods: ['GET', 'GET', 'GET'] })
  t.strictSame(
    responses.map(({ status }) => status),
    [200, 401, 200],
  )
})

const lastRequests = {
  'a request with Connection: close': 'GET /last HTTP/1.1\r\nConnection: close',
  'a request of HTTP/1.0': 'GET /last HTTP/1.0',
}

for (const [name, line] of Object.entries(lastRequests)) {
  t.test(`what follows ${name} is not read, and that request gets its answer`, async (t) => {
    const { gate, authorization, upstream } = await startStack(t, {
      handler: (_request, response) => setImmediate(() => response.end('the answer')),
    })
    const last = `${line}\r\nHost: a\r\nAuthorization: ${authorization}\r\n\r\n`
    const caller = await ask(t, gate.port, `${last}GET /next HTTP/1.1\r\nHost: a\r\n\r\n`)
    const received = Buffer.concat((await caller.toArray()) as Buffer[]).toString()
    t.match(received, /^HTTP\/1\.1 200 OK\r\n.*the answer$/s)
    const { status } = await gate.logged(({ msg }) => msg === 'access')
    t.same([status, upstream.requests.map(({ url }) => url)], [200, ['/last']])
  })
}

t.test('nothing is read behind a request whose framing is in doubt', async (t) => {
  const { gate, head, upstream } = await startStack(t, {
    handler: (_request, response) => setImmediate(() => response.end('ok')),
  })
  const doubtful = 'POST /2 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: ,chunked\r\n\r\n0\r\n\r\n'
  const caller = await ask(t, gate.port, head('GET /1') + doubtful + head('GET /3'))
  const received = Buffer.concat((await caller.toArray()) as Buffer[]).toString()
  t.same(
    [...received.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status),
    ['200', '400'],
  )
  t.match(await (await fetch(`${gate.opsUrl}/metrics`)).text(), /^cogate_requests_in_flight 0$/m)
  t.same(
    upstream.requests.map(({ url }) => url),
    ['/1'],
  )
})

t.test('a caller who leaves takes all its requests with it', async (t) => {
  let open = 0
  const idle = Promise.withResolvers<void>()
  const { gate, head, upstream } = await startStack(t, {
    handler(_request, response) {
      open++
      response.once('close', () => {
        open--
        if (open === 0) idle.resolve()
      })
    },
  })
  const caller = await ask(t, gate.port, head('GET /hang').repeat(3))
  await upstream.received(3)
  caller.resetAndDestroy()
  await idle.promise
  for (let lines = 0; lines < 3; lines++) {
    await gate.logged(
      (line) => line['msg'] === 'access' && gate.lines.filter(({ msg }) => msg === 'access')[lines] === line,
    )
  }
  t.match(await (await fetch(`${gate.opsUrl}/metrics`)).text(), /^cogate_requests_in_flight 0$/m)
})

t.test('an upstream that fails within the second answer cuts the connection there', async (t) => {
  const { gate, head } = await startRawStack(t, (socket, index) => {
    socket.once('data', () => {
      if (index === 0) setTimeout(() => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nfirst'), 100)
      else socket.write('HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nsecond', () => socket.resetAndDestroy())
    })
  })
  const caller = await ask(t, gate.port, head('GET /1') + head('GET /2'))
  const received = Buffer.concat((await caller.toArray().catch(() => [])) as Buffer[]).toString()
  t.notMatch(received, /second.{44}/s)
})

t.test('a caller who reads nothing does not leave a paused connection to the next one', async (t) => {
  const small = `${'400\r\n'.concat('x'.repeat(1024), '\r\n').repeat(48)}0\r\n\r\n`
  const script = (socket: Socket): void => {
    socket.on('data', (request: Buffer) => {
      if (request.includes('/big')) {
        socket.write('HTTP/1.1 200 OK\r\nContent-Length: 99000000\r\n\r\n')
        socket.write(Buffer.alloc(99_000_000))
      } else if (request.includes('/chunked')) {
        socket.write(`HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${small}`)
      } else {
        socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok')
      }
    })
  }
  const env = { COGATE_UPSTREAM_MAX_CONNECTIONS: '2' }
  const { gate, head, send, upstream } = await startRawStack(t, script, { env })
  const caller = await ask(t, gate.port, head('GET /big') + head('GET /chunked'))
  await once(caller, 'readable')
  await upstream.connected(2)
  const { responses, timedOut } = await send(head('GET /next'), { timeoutMs: 3000 })
  t.notOk(timedOut)
  t.equal(responses[0]?.status, 200)
})
