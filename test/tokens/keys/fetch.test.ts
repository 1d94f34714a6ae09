import { createServer, type RequestListener } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { createServer as createTcpServer } from 'node:net'
import t, { type Test } from 'tap'
import type { Egress } from '../../../src/outgoing.ts'
import { createKeyFetcher } from '../../../src/tokens/keys/fetch.ts'
import { createAuthority } from '../../helpers/certificates.ts'
import { listenOnLoopback } from '../../helpers/listen.ts'
import { createTally } from '../../helpers/tally.ts'

const limits = { timeoutMs: 30_000, maxBytes: 1000 }

async function startEndpoint(t: Test, answer: RequestListener, options?: Egress) {
  const { port } = await listenOnLoopback(t, createServer(answer))
  const fetcher = createKeyFetcher(options)
  t.teardown(fetcher.close)
  return { uri: `http://127.0.0.1:${port}/pool/.well-known/jwks.json`, ...fetcher }
}

t.test('sends one plain GET and gives the bytes of the answer', async (t) => {
  const seen: unknown[] = []
  const endpoint = await startEndpoint(t, ({ method, url, headers }, response) => {
    seen.push(method, url, headers['user-agent'], headers.accept, headers['accept-encoding'], headers.authorization)
    response.end('{"keys":[]}')
  })
  t.equal(Buffer.from(await endpoint.fetchKeys(endpoint.uri, limits)).toString(), '{"keys":[]}')
  t.strictSame(seen, ['GET', '/pool/.well-known/jwks.json', 'cogate', 'application/json', undefined, undefined])
})

t.test('gives a body that comes in pieces, up to the last byte of the limit', async (t) => {
  const endpoint = await startEndpoint(t, (_request, response) => {
    response.write('a'.repeat(400), () => response.end('b'.repeat(600)))
  })
  t.equal((await endpoint.fetchKeys(endpoint.uri, limits)).byteLength, 1000)
})

for (const status of [204, 206, 301, 302, 304, 307, 400, 403, 404, 429, 500, 503]) {
  t.test(`rejects status ${status} without following or quoting it`, async (t) => {
    const requests = createTally()
    const endpoint = await startEndpoint(t, (_request, response) => {
      requests.add()
      const headers = { location: '/elsewhere', 'content-type': 'text/plain' }
      response.writeHead(status, headers).end(status === 204 || status === 304 ? undefined : 'secret text')
    })
    await t.rejects(endpoint.fetchKeys(endpoint.uri, limits), { message: `answered with status ${status}` })
    t.equal(requests.count, 1)
  })
}

t.test('fetches over plain http from another host only where the pool allows it (FLD-05)', async (t) => {
  const endpoint = await startEndpoint(t, (_request, response) => response.end('{"keys":[]}'))
  // A name of this machine that is no loopback name.
  const uri = endpoint.uri.replace('127.0.0.1', '0.0.0.0')
  await t.rejects(endpoint.fetchKeys(uri, limits), { message: /over https only/ })
  const bytes = await endpoint.fetchKeys(uri, { ...limits, insecureHttp: true })
  t.equal(Buffer.from(bytes).toString(), '{"keys":[]}')
  await t.rejects(endpoint.fetchKeys('ftp://0.0.0.0/', { ...limits, insecureHttp: true }), { message: /over https/ })
})

t.test('rejects a body whose announced length is over the limit', async (t) => {
  const endpoint = await startEndpoint(t, (_request, response) => {
    response.writeHead(200, { 'content-length': 1001 }).write('x')
  })
  await t.rejects(endpoint.fetchKeys(endpoint.uri, limits), { message: 'answer larger than 1000 bytes' })
})

t.test('rejects a body that grows over the limit', async (t) => {
  const endpoint = await startEndpoint(t, (_request, response) => {
    response.write('x'.repeat(1001))
  })
  await t.rejects(endpoint.fetchKeys(endpoint.uri, limits), { message: 'answer larger than 1000 bytes' })
})

t.test('rejects a body that is cut off', async (t) => {
  const endpoint = await startEndpoint(t, (_request, response) => {
    response.writeHead(200, { 'content-length': 500 }).write('half', () => response.destroy())
  })
  await t.rejects(endpoint.fetchKeys(endpoint.uri, limits), { message: 'fetch failed with ECONNRESET' })
})

t.test('bounds the wait for the head of the answer', async (t) => {
  const endpoint = await startEndpoint(t, () => {})
  await t.rejects(endpoint.fetchKeys(endpoint.uri, { ...limits, timeoutMs: 100 }), {
    message: 'no complete answer within 100 ms',
  })
})

t.test('bounds the wait for the end of a body that trickles', async (t) => {
  const endpoint = await startEndpoint(t, (_request, response) => {
    response.write('x')
    const trickle = setInterval(() => response.write('x'), 20)
    response.on('close', () => clearInterval(trickle))
  })
  await t.rejects(endpoint.fetchKeys(endpoint.uri, { ...limits, timeoutMs: 200 }), {
    message: 'no complete answer within 200 ms',
  })
})

t.test('rejects when nobody listens', async (t) => {
  const server = createServer()
  const { port, close } = await listenOnLoopback(t, server)
  await close()
  const { fetchKeys, close: closeFetcher } = createKeyFetcher()
  t.teardown(closeFetcher)
  await t.rejects(fetchKeys(`http://127.0.0.1:${port}/`, limits), { message: 'fetch failed with ECONNREFUSED' })
})

t.test('rejects a change of protocol that nobody asked for', async (t) => {
  const server = createTcpServer((socket) => {
    socket.once('data', () =>
      socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n'),
    )
  })
  const { port } = await listenOnLoopback(t, server)
  const fetcher = createKeyFetcher()
  t.teardown(fetcher.close)
  const message = 'closed without an answer'
  await t.rejects(fetcher.fetchKeys(`http://127.0.0.1:${port}/jwks.json`, limits), { message })
})

t.test('does not quote what is not HTTP', async (t) => {
  const { port } = await listenOnLoopback(
    t,
    createTcpServer((socket) => socket.end('secret text\r\n\r\n')),
  )
  const { fetchKeys, close } = createKeyFetcher()
  t.teardown(close)
  const error = await fetchKeys(`http://127.0.0.1:${port}/`, limits).catch((reason: unknown) => reason)
  t.match(error, { message: 'fetch failed with HPE_INVALID_CONSTANT', cause: undefined })
})

for (const uri of [
  'http://example.com/jwks.json',
  'http://127.0.0.1.example.com/',
  'ftp://127.0.0.1/',
  'file:///etc',
]) {
  t.test(`refuses ${uri} without a connection`, async (t) => {
    const { fetchKeys, close } = createKeyFetcher()
    t.teardown(close)
    await t.rejects(fetchKeys(uri, limits), { message: 'keys are fetched over https only, or over http from loopback' })
  })
}

t.test('verifies the certificate of the endpoint, and trusts the authorities it is given', async (t) => {
  const { ca, issue } = createAuthority()
  const { port } = await listenOnLoopback(
    t,
    createTlsServer(issue('localhost'), (_request, response) => response.end('keys')),
  )
  const uri = `https://localhost:${port}/`
  const strict = createKeyFetcher()
  t.teardown(strict.close)
  await t.rejects(strict.fetchKeys(uri, limits), { message: 'fetch failed with UNABLE_TO_VERIFY_LEAF_SIGNATURE' })
  const informed = createKeyFetcher({ ca })
  t.teardown(informed.close)
  t.equal(Buffer.from(await informed.fetchKeys(uri, limits)).toString(), 'keys')
})

t.test('rejects what is running when it is closed, and everything after', async (t) => {
  const requests = createTally()
  const endpoint = await startEndpoint(t, () => requests.add())
  const running = endpoint.fetchKeys(endpoint.uri, limits).catch((error: Error) => error.message)
  await requests.reached(1)
  await endpoint.close()
  t.equal(await running, 'the gate is closing')
  await t.rejects(endpoint.fetchKeys(endpoint.uri, limits), { message: 'the gate is closing' })
})

t.test('keeps few connections', async (t) => {
  const waiting = createTally()
  const answers: (() => void)[] = []
  const endpoint = await startEndpoint(t, (_request, response) => {
    answers.push(() => response.end('x'))
    waiting.add()
  })
  const fetches = Array.from({ length: 4 }, () => endpoint.fetchKeys(endpoint.uri, limits))
  await waiting.reached(2)
  t.equal(waiting.count, 2)
  for (let done = 0; done < 4; done++) {
    await waiting.reached(done + 1)
    answers[done]?.()
  }
  t.equal((await Promise.all(fetches)).length, 4)
})
