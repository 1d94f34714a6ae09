import t from 'tap'
import type { TraceEnd } from '../../../src/ops/tracing/attributes.ts'
import { clientAttributes, serverAttributes, spanName } from '../../../src/ops/tracing/attributes.ts'

const facts: TraceEnd = {
  ...{ requestId: 'r', method: 'GET', url: '/a?b=c', host: 'app.example', userAgent: undefined, isEncrypted: true },
  ...{ httpVersion: '1.1', route: 'default', outcome: 'allow', reason: 'allowed', clientId: undefined, status: 200 },
  ...{ address: '192.0.2.1', client: '192.0.2.9', upstreamMs: 5 },
}

t.test('names have few values, whatever callers send', async (t) => {
  t.equal(spanName('GET', '/a/*'), 'GET /a/*')
  t.equal(spanName('MADE-UP', '/a/*'), 'HTTP /a/*')
  for (const route of ['default', 'endpoint', 'none']) t.equal(spanName('PUT', route), 'PUT')
  t.match(serverAttributes({ ...facts, method: 'MADE-UP' }), {
    'http.request.method': '_OTHER',
    'http.request.method_original': 'MADE-UP',
  })
})

t.test('the server is what the caller called it, if that is a host', async (t) => {
  const serverOf = (host: string | undefined, isEncrypted = true) => {
    const { 'server.address': address, 'server.port': port } = serverAttributes({ ...facts, host, isEncrypted })
    return [address, port]
  }
  t.same(serverOf('app.example'), ['app.example', 443])
  t.same(serverOf('app.example', false), ['app.example', 80])
  t.same(serverOf('[::1]:8080'), ['::1', 8080])
  for (const host of [undefined, '', 'a b', ':']) t.same(serverOf(host), [undefined, undefined], String(host))
})

t.test('a service behind a Unix socket, one that failed, and one that answered with a fault', async (t) => {
  t.match(clientAttributes(facts, 'unix:/run/app.sock'), {
    ...{ 'url.full': 'http://localhost/a', 'server.address': '/run/app.sock', 'network.transport': 'unix' },
  })
  t.match(clientAttributes({ ...facts, status: 404 }, 'https://app'), {
    ...{ 'url.full': 'https://app/a', 'server.port': 443, 'http.response.status_code': 404, 'error.type': '404' },
  })
  t.match(serverAttributes({ ...facts, status: 500 }), { 'error.type': '500', 'client.address': '192.0.2.9' })
  const failed = { ...facts, status: 502, reason: 'upstream_reset', upstreamMs: undefined, client: undefined }
  t.match(serverAttributes(failed), { 'error.type': 'upstream_reset', 'client.address': '192.0.2.1' })
})
