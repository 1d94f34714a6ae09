import { once } from 'node:events'
import { createServer } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import t, { type Test } from 'tap'
import { connectCognito } from '../src/login/oauth/cognito.ts'
import type { Egress } from '../src/outgoing.ts'
import { createKeyFetcher } from '../src/tokens/keys/fetch.ts'
import { createAuthority } from './helpers/certificates.ts'
import { startConnectProxy } from './helpers/connect-proxy.ts'
import { listenOnLoopback } from './helpers/listen.ts'

const limits = { timeoutMs: 30_000, maxBytes: 1000 }
const { ca, issue } = createAuthority()

async function startKeys(t: Test, name = 'localhost'): Promise<{ readonly uri: string; readonly port: number }> {
  const server = createTlsServer(issue(name), (_request, response) => response.end('keys'))
  const { port } = await listenOnLoopback(t, server)
  return { uri: `https://localhost:${port}/jwks.json`, port }
}

function fetcher(t: Test, egress: Egress) {
  const { fetchKeys, close } = createKeyFetcher(egress)
  t.teardown(close)
  return async (uri: string, given: Partial<typeof limits> = {}) =>
    Buffer.from(await fetchKeys(uri, { ...limits, ...given })).toString()
}

t.test(
  'keys come through the proxy, with its credentials, and the certificate is that of the key endpoint',
  async (t) => {
    const proxy = await startConnectProxy(t)
    const { uri, port } = await startKeys(t)
    const url = proxy.url.replace('//', '//user:p%40ss@')
    t.equal(await fetcher(t, { ca, proxy: { url, except: [] } })(uri), 'keys')
    const [{ target, headers } = { target: '', headers: {} }] = proxy.asked
    t.equal(target, `localhost:${port}`)
    t.equal(headers['proxy-authorization'], `Basic ${Buffer.from('user:p@ss').toString('base64')}`)
  },
)

t.test('a certificate that is not trusted or names another host is refused behind a proxy too', async (t) => {
  const proxy = { url: (await startConnectProxy(t)).url, except: [] }
  const { uri } = await startKeys(t)
  await t.rejects(fetcher(t, { proxy })(uri), { message: /^fetch failed with (?!ECONN)/ })
  const other = await startKeys(t, 'other.example')
  await t.rejects(fetcher(t, { ca, proxy })(other.uri), { message: 'fetch failed with ERR_TLS_CERT_ALTNAME_INVALID' })
})

for (const except of ['*', 'localhost', '.localhost', '*.localhost', 'localhost:PORT']) {
  t.test(`a host that NO_PROXY names as ${except} is reached directly`, async (t) => {
    const proxy = await startConnectProxy(t)
    const { uri, port } = await startKeys(t)
    const entries = ['example.com', except.replace('PORT', String(port))]
    t.equal(await fetcher(t, { ca, proxy: { url: proxy.url, except: entries } })(uri), 'keys')
    t.same(proxy.asked, [])
  })
}

for (const except of ['host', 'localhost:1', 'xlocalhost', 'a.localhost', '127.0.0.1', '.']) {
  t.test(`a host that NO_PROXY does not name with ${except} is reached through the proxy`, async (t) => {
    const proxy = await startConnectProxy(t)
    const { uri } = await startKeys(t)
    t.equal(await fetcher(t, { ca, proxy: { url: proxy.url, except: [except] } })(uri), 'keys')
    t.equal(proxy.asked.length, 1)
  })
}

t.test('plain http never goes through the proxy', async (t) => {
  const proxy = await startConnectProxy(t)
  const { port } = await listenOnLoopback(
    t,
    createServer((_request, response) => response.end('keys')),
  )
  t.equal(await fetcher(t, { proxy: { url: proxy.url, except: [] } })(`http://127.0.0.1:${port}/`), 'keys')
  t.same(proxy.asked, [])
})

t.test('a proxy that refuses is named with its status, and nothing else of its answer', async (t) => {
  const answer = 'HTTP/1.1 407 secret text\r\nContent-Length: 6\r\n\r\nsecret'
  const { url } = await startConnectProxy(t, { answer })
  const { uri } = await startKeys(t)
  const message = 'the proxy answered CONNECT with status 407'
  await t.rejects(fetcher(t, { ca, proxy: { url, except: [] } })(uri), { message })
})

t.test('bytes before the TLS handshake are refused', async (t) => {
  const { url } = await startConnectProxy(t, { answer: 'HTTP/1.1 200 OK\r\n\r\nearly' })
  const { uri } = await startKeys(t)
  await t.rejects(fetcher(t, { ca, proxy: { url, except: [] } })(uri), { message: /^the proxy answered/ })
})

for (const [what, answer] of [
  ['says nothing', ''],
  ['opens a tunnel to nowhere', 'HTTP/1.1 200 OK\r\n\r\n'],
] as const) {
  t.test(`a proxy that ${what} holds neither the fetch nor a connection`, async (t) => {
    const { url, sockets } = await startConnectProxy(t, { answer })
    const { uri } = await startKeys(t)
    const fetch = fetcher(t, { ca, proxy: { url, except: [] } })
    await t.rejects(fetch(uri, { timeoutMs: 200 }), { message: 'no complete answer within 200 ms' })
    await Promise.all([...sockets].map((socket) => socket.destroyed || once(socket, 'close')))
  })
}

t.test('a proxy where nobody listens is told from a key endpoint where nobody listens', async (t) => {
  const server = createServer()
  const { port, close } = await listenOnLoopback(t, server)
  await close()
  const { uri } = await startKeys(t)
  const proxy = { url: `http://127.0.0.1:${port}`, except: [] }
  await t.rejects(fetcher(t, { ca, proxy })(uri), { message: 'the proxy cannot be used: ECONNREFUSED' })
})

t.test('a proxy may speak TLS, and its certificate is checked', async (t) => {
  const { uri } = await startKeys(t)
  const { port } = await listenOnLoopback(t, createTlsServer(issue('localhost')))
  const proxy = { url: `https://localhost:${port}`, except: [] }
  await t.rejects(fetcher(t, { proxy })(uri), { message: /the proxy cannot be used: (?!ECONN)/ })
})

t.test('the token endpoint is called through the proxy, and says which of both failed', async (t) => {
  const bodies: string[] = []
  const server = createTlsServer(issue('localhost'), (request, response) => {
    request.setEncoding('utf8').on('data', (text: string) => bodies.push(text))
    request.on('end', () => {
      response.setHeader('content-type', 'application/json')
      response.end('{"access_token":"new","token_type":"Bearer"}')
    })
  })
  const { port } = await listenOnLoopback(t, server)
  const cognito = (url: string) =>
    connectCognito({
      domain: `https://localhost:${port}`,
      clientId: 'client',
      redirectUri: 'https://app.example.com/_cogate/callback',
      signedOutUri: 'https://app.example.com/',
      issuers: ['https://issuer.example.com'],
      timeoutMs: 30_000,
      toleranceMs: 0,
      egress: { ca, proxy: { url, except: [] } },
      now: Date.now,
      onCall: () => {},
    })
  const proxy = await startConnectProxy(t)
  t.match(await cognito(proxy.url).refresh('old'), { accessToken: 'new' })
  t.match(bodies.join(''), 'refresh_token=old')
  t.equal(proxy.asked[0]?.target, `localhost:${port}`)
  const refusing = await startConnectProxy(t, { answer: 'HTTP/1.1 403 no\r\n\r\n' })
  await t.rejects(cognito(refusing.url).refresh('old'), {
    kind: 'unavailable',
    code: 'the proxy answered CONNECT with status 403',
  })
})
