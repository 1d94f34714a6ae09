/** CONNECT, and the caller gone before its answer: nobody may end the process. Green: it serves on, and no line is fatal. */
import { once } from 'node:events'
import { connect } from 'node:net'
import t from 'tap'
import { spawnGate } from '../helpers/gateway.ts'
import { startTestIssuer } from '../helpers/issuer.ts'
import { sendRaw } from '../helpers/raw-socket.ts'
import { startUpstream } from '../helpers/upstream.ts'

const issuer = await startTestIssuer(t)
const connectRequest = 'CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n'
const authorization = `Bearer ${issuer.mintAccessToken()}`
const request = `GET /x HTTP/1.1\r\nHost: a\r\nAuthorization: ${authorization}\r\n\r\n`

for (const [what, bytes] of [
  ['alone', connectRequest],
  ['behind a request that is being answered', request + connectRequest],
  ['with bytes behind it', connectRequest + 'x'.repeat(1000)],
] as const) {
  t.test(`outlives a CONNECT ${what} whose caller resets the connection`, async (t) => {
    const upstream = await startUpstream(t, (_request, response) => response.end('ok'))
    const gate = await spawnGate(t, { issuer, upstream: upstream.url })
    for (let round = 0; round < 20; round++) {
      const socket = connect(gate.port, '127.0.0.1').on('error', () => {})
      await once(socket, 'connect')
      socket.write(bytes, () => socket.resetAndDestroy())
      await once(socket, 'close')
    }
    const { responses } = await sendRaw({ port: gate.port, bytes: request })
    t.equal(responses[0]?.status, 200)
    t.strictSame(
      gate.lines.filter(({ level }) => level === 'fatal'),
      [],
    )
  })
}
