/**
 * RTSP, which Node's parser reads on the same port: its methods, whose requests look like any other. Green: each is refused
 * as malformed, whatever the rules let in, nothing behind it is read, and nothing of it is a fault. GET, POST and OPTIONS of
 * RTSP cannot be told from those of HTTP/1.0, and are judged like them.
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
