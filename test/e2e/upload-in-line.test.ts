/** Bodies of requests that wait for a connection of the service: they arrive whole, whatever of them was there before. */
import { createHash } from 'node:crypto'
import t from 'tap'
import { untilMetrics } from '../helpers/metrics.ts'
import { startStack } from '../helpers/stack.ts'

const digest = (body: Buffer) => createHash('sha256').update(body).digest('hex')
const bodyOf = (bytes: number) => Buffer.alloc(bytes, 'the quick brown fox ')
const env = { COGATE_UPSTREAM_MAX_CONNECTIONS: '1' }

for (const framing of ['length', 'chunked'] as const) {
  t.test(`a body that waited arrives as it was sent (${framing})`, async (t) => {
    const { promise: held, resolve: release } = Promise.withResolvers<void>()
    const { gate, head, send, upstream } = await startStack(t, {
      env,
      handler(request, response) {
        request.on('end', async () => {
          if (request.url === '/first') await held
          response.end()
        })
      },
    })
    const first = send(head('GET /first'))
    await upstream.received(1)
    const sizes = [0, 1, 1024, 16 * 1024, 64 * 1024 - 1, 200 * 1024, 1024 * 1024]
    const uploads = sizes.map((size, index) => {
      const body = bodyOf(size)
      const frame = `${size.toString(16)}\r\n`
      const [field, bytes] =
        framing === 'length'
          ? [`Content-Length: ${size}`, [body]]
          : ['Transfer-Encoding: chunked', size === 0 ? [] : [frame, body, '\r\n']]
      const end = framing === 'chunked' ? ['0\r\n\r\n'] : []
      const parts = [head(`POST /${index}`, field), ...bytes, ...end].map((part) => Buffer.from(part))
      return send(Buffer.concat(parts), { methods: ['POST'] })
    })
    const waiting = new RegExp(`^cogate_requests_waiting ${sizes.length}$`, 'm')
    await untilMetrics(gate.opsUrl, (metrics) => waiting.test(metrics))
    release()
    await first
    const answers = await Promise.all(uploads)
    t.ok(answers.every(({ responses }) => responses[0]?.status === 200))
    for (const [index, size] of sizes.entries()) {
      const body = upstream.requests.find(({ url }) => url === `/${index}`)?.body ?? bodyOf(7)
      t.equal(digest(body), digest(bodyOf(size)), `${size} bytes`)
    }
  })
}

t.test('bodies sent ahead on one connection arrive each with its own request', async (t) => {
  const { head, send, upstream } = await startStack(t, { env })
  const sizes = [10, 70_000, 0, 5]
  const parts = sizes.flatMap((size, index) => [
    Buffer.from(head(`POST /${index}`, `Content-Length: ${size}`)),
    bodyOf(size),
  ])
  const methods = sizes.map(() => 'POST')
  const { responses } = await send(Buffer.concat(parts), { expectResponses: sizes.length, methods })
  t.ok(responses.every(({ status }) => status === 200))
  t.strictSame(
    upstream.requests.map(({ url, body }) => [url, body.length]),
    sizes.map((size, index) => [`/${index}`, size]),
  )
})
