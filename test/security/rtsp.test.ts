/**
 * RTSP, which Node's parser reads on the same port: its methods, whose requests look like any other. Green: each is refused
 * as malformed, whatever the rules let in, nothing behind it is read, and nothing of it is a fault. So are the methods that both
 * have, and ICE, where the request line came in one packet. GET and POST of an RTSP/1.1 that does not exist are taken for HTTP.
 */
import t from 'tap'
import { spawnGate } from '../helpers/gateway.ts'
import { startTestIssuer } from '../helpers/issuer.ts'
import { sendRaw } from '../helpers/raw-socket.ts'
import { startUpstream } from '../helpers/upstream.ts'

const issuer = await startTestIssuer(t)
const authorization = `Authorization: Bearer ${issuer.mintAccessToken()}`
const request = `GET /x HTTP/1.1\r\nHost: a\r\n${authorization}\r\n\r\n`
const methods = [
  ...['ANNOUNCE', 'DESCRIBE', 'FLUSH', 'GET_PARAMETER', 'PAUSE', 'PLAY'],
  ...['RECORD', 'REDIRECT', 'SETUP', 'SET_PARAMETER', 'TEARDOWN'],
]

t.test('refuses every method that only RTSP has', async (t) => {
  const upstream = await startUpstream(t, (_request, response) => response.end('ok'))
  const gate = await spawnGate(t, { issuer, upstream: upstream.url, routes: [{ path: '/*', auth: 'none' }] })
  for (const method of methods) {
    const bytes = `${method} /x RTSP/1.0\r\nHost: a\r\n${authorization}\r\n\r\n${request}`
    const { responses, closed } = await sendRaw({ port: gate.port, bytes })
    t.strictSame(
      responses.map(({ status, body }) => [status, JSON.parse(body.toString()).code]),
      [[400, 'request_malformed']],
      method,
    )
    t.ok(closed, 'and the connection ends')
  }
  const { responses } = await sendRaw({ port: gate.port, bytes: request })
  t.equal(responses[0]?.status, 200)
  t.equal(upstream.requests.length, 1, 'nothing of it reached the service')
  t.strictSame(
    gate.lines.filter(({ level }) => level === 'error' || level === 'fatal'),
    [],
  )
})

t.test('refuses what names RTSP or ICE in place of HTTP, whatever its method (FLD-47)', async (t) => {
  const upstream = await startUpstream(t, (_request, response) => response.end('ok'))
  const gate = await spawnGate(t, { issuer, upstream: upstream.url, routes: [{ path: '/*', auth: 'none' }] })
  const lines = [
    ...['GET /x RTSP/1.0', 'POST /x RTSP/1.0', 'OPTIONS * RTSP/1.0', 'OPTIONS /x RTSP/1.0', 'OPTIONS /x RTSP/1.1'],
    ...['GET  /x  RTSP/1.0', 'SOURCE /x ICE/1.0', 'SOURCE /x ICE/1.1', 'GET /x ICE/1.0'],
  ]
  for (const line of lines) {
    const { responses, closed } = await sendRaw({
      port: gate.port,
      bytes: `${line}\r\nHost: a\r\n${authorization}\r\n\r\n${request}`,
    })
    t.strictSame(
      responses.map(({ status, body }) => [status, JSON.parse(body.toString()).code]),
      [[400, 'request_malformed']],
      line,
    )
    t.ok(closed, 'and the connection ends')
  }
  t.equal(upstream.requests.length, 0)
})

t.test('takes no HTTP for RTSP: in HTTP/1.0, in pieces, and with RTSP in its path or its body (FLD-47)', async (t) => {
  const upstream = await startUpstream(t, (_request, response) => response.end('ok'))
  const gate = await spawnGate(t, { issuer, upstream: upstream.url, routes: [{ path: '/*', auth: 'none' }] })
  const fields = 'Host: a\r\nContent-Length: 21\r\n\r\nGET /x RTSP/1.0\r\n\r\nab'
  for (const line of ['GET /x HTTP/1.0', 'OPTIONS /RTSP/1.0 HTTP/1.1', 'POST /x HTTP/1.0', 'SOURCE /x HTTP/1.1']) {
    const { responses } = await sendRaw({ port: gate.port, bytes: `${line}\r\n${fields}` })
    t.equal(responses[0]?.status, 200, line)
  }
})
