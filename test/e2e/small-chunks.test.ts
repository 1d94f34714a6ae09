/** An answer of very many very small chunks to a caller who reads late: all of it, in order, and no warning of a leak. */
import { once } from 'node:events'
import { connect } from 'node:net'
import t from 'tap'
import { parseResponses } from '../helpers/raw-response.ts'
import { startRawStack } from '../helpers/stack.ts'

t.test('200,000 chunks of four bytes', async (t) => {
  const warnings: Error[] = []
  const warn = (warning: Error) => warnings.push(warning)
  process.on('warning', warn)
  t.teardown(() => process.off('warning', warn))
  const count = 200_000
  const chunks = Array.from(
    { length: count },
    (_, index) => `4\r\n${String(index % 10_000).padStart(4, '0')}\r\n`,
  ).join('')
  const { gate, head } = await startRawStack(t, (socket) => {
    socket.once('data', () => socket.write(`HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${chunks}0\r\n\r\n`))
  })
  const caller = connect(gate.port, '127.0.0.1')
  t.teardown(() => caller.destroy())
  caller.write(head('GET /x', 'Connection: close'))
  await once(caller, 'readable')
  await new Promise((resolve) => setTimeout(resolve, 200))
  const received = (await caller.toArray()) as Buffer[]
  const { responses } = parseResponses(Buffer.concat(received), { ended: true })
  t.ok(responses[0]?.complete)
  t.equal(responses[0]?.body.length, count * 4)
  t.equal(responses[0]?.body.toString('latin1', 0, 12), '000000010002')
  t.strictSame(warnings, [])
})
