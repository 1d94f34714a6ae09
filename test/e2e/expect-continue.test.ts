/** `100 Continue` is said only after the decision: an upload that is refused is never sent. */

import { once } from 'node:events'
import { connect } from 'node:net'
import t, { type Test } from 'tap'
import { startStack } from '../helpers/stack.ts'

/** Sends a head and returns what comes back first, with the connection to go on. */
async function open(t: Test, port: number, bytes: string) {
  const socket = connect(port, '127.0.0.1')
  t.teardown(() => socket.destroy())
  socket.write(bytes)
  const [first] = (await once(socket, 'data')) as [Buffer]
  return { socket, first: first.toString() }
}

const upload = ['Content-Length: 5', 'Expect: 100-continue']

t.test('invites the body once the request is allowed, and forwards it without the expectation', async (t) => {
  const { gate, head, upstream } = await startStack(t)
  const { socket, first } = await open(t, gate.port, head('POST /x', ...upload))
  t.equal(first, 'HTTP/1.1 100 Continue\r\n\r\n')
  socket.write('hello')
  const [answer] = (await once(socket, 'data')) as [Buffer]
  t.match(answer.toString(), /^HTTP\/1\.1 200 OK\r\n/)
  t.hasStrict(upstream.requests, [{ complete: true, body: Buffer.from('hello') }])
  t.notOk(upstream.requests[0]?.headers.expect)
})

t.test('refuses without inviting the body', async (t) => {
  const { gate, upstream, send } = await startStack(t)
  const { first } = await open(t, gate.port, `POST /x HTTP/1.1\r\nHost: a\r\n${upload.join('\r\n')}\r\n\r\n`)
  t.match(first, /^HTTP\/1\.1 401 Unauthorized\r\n/)
  const { responses } = await send('POST /%zz HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n')
  t.hasStrict(responses, [{ status: 400 }])
  t.equal(upstream.requests.length, 0)
})

t.test('refuses a body over the limit without inviting it', async (t) => {
  const { gate, head, upstream } = await startStack(t, { env: { COGATE_LIMITS_BODY: '4B' } })
  const { first } = await open(t, gate.port, head('POST /x', ...upload))
  t.match(first, /^HTTP\/1\.1 413 Payload Too Large\r\n/)
  t.equal(upstream.requests.length, 0)
})

t.test('any other expectation is refused, in every form (FLD-45)', async (t) => {
  const { head, send, upstream } = await startStack(t)
  const forms = [
    ['tea'],
    ['100-continue, foo'],
    ['100-continue;q=1'],
    ['100-continue', '100-continue'],
    [''],
    ['x 100-continue'],
  ]
  for (const form of forms) {
    const fields = form.map((value) => `Expect: ${value}`)
    const bytes = `${head('POST /x', 'Content-Length: 5', ...fields)}hello${head('GET /next')}`
    const { responses, informational } = await send(bytes, { methods: ['POST', 'GET'] })
    t.equal(responses[0]?.status, 417, form.join(' | '))
    t.strictSame(informational, [])
  }
  t.ok(upstream.requests.every(({ url }) => url === '/next'))
})

t.test('TRACE is refused, because its answer would show credentials', async (t) => {
  const { head, send, upstream } = await startStack(t)
  const { responses } = await send(head('TRACE /x'))
  t.same([responses[0]?.status, responses[0]?.headers['allow'], upstream.requests.length], [405, undefined, 0])
})

t.test('sends no interim answer to an HTTP/1.0 caller', async (t) => {
  const { head, send } = await startStack(t)
  const request = head('POST /x', ...upload).replace('HTTP/1.1', 'HTTP/1.0')
  const { responses, informational } = await send(`${request}hello`)
  t.hasStrict(responses, [{ status: 200 }])
  t.strictSame(informational, [])
})
