/** More requests at once than the upstream's connections and the line before them hold: the surplus is told, nothing is lost. */
import type { ServerResponse } from 'node:http'
import t from 'tap'
import { readMetrics } from '../helpers/metrics.ts'
import type { RawResponse } from '../helpers/raw-socket.ts'
import { startStack } from '../helpers/stack.ts'
import { createTally } from '../helpers/tally.ts'

const maxConnections = 4
const maxWaiting = 6
const env = {
  COGATE_UPSTREAM_MAX_CONNECTIONS: String(maxConnections),
  COGATE_UPSTREAM_MAX_WAITING: String(maxWaiting),
}

/** Answers nothing until told, and everything from then on. */
function hold() {
  const held: ServerResponse[] = []
  let open = false
  return {
    handler: (_request: unknown, response: ServerResponse) => (open ? response.end('done') : held.push(response)),
    release() {
      open = true
      for (const response of held) response.end('done')
    },
  }
}

const isRefused = (response: RawResponse | undefined) => response?.status === 503

t.test('503 overloaded with Retry-After for exactly the surplus, 200 for all others, and for all after', async (t) => {
  const { handler, release } = hold()
  const { head, send, upstream, gate } = await startStack(t, { env, handler })
  const total = 2 * (maxConnections + maxWaiting)
  const refusals = createTally()
  const calls = Array.from({ length: total }, async (_, index) => {
    const method = index % 2 === 0 ? 'GET' : 'POST'
    const bytes = head(`${method} /${index}`, ...(method === 'POST' ? ['Content-Length: 2'] : []))
    const { responses } = await send(method === 'POST' ? `${bytes}hi` : bytes, { timeoutMs: 20_000 })
    if (isRefused(responses[0])) refusals.add()
    return responses
  })
  await refusals.reached(total / 2)
  t.equal(upstream.requests.length, maxConnections, 'those in line have not been sent')
  t.match(await readMetrics(gate.opsUrl), `cogate_requests_waiting ${maxWaiting}\n`)
  release()
  const answers = (await Promise.all(calls)).flat()
  const [refused, served] = [answers.filter(isRefused), answers.filter((response) => !isRefused(response))]
  t.equal(refused.length, total / 2)
  for (const { headers, body } of refused) {
    t.strictSame(headers['retry-after'], ['5'])
    t.hasStrict(JSON.parse(body.toString()), { status: 503, code: 'overloaded' })
  }
  t.strictSame(new Set(served.map(({ status, body }) => `${status} ${body}`)), new Set(['200 done']))
  t.equal(upstream.requests.length, total / 2, 'each of them was sent once')
  const after = await Promise.all(Array.from({ length: maxConnections + maxWaiting }, () => send(head('GET /after'))))
  t.strictSame(new Set(after.map(({ responses }) => responses[0]?.status)), new Set([200]))
  t.hasStrict(await gate.logged(({ reason }) => reason === 'overloaded'), { outcome: 'deny', route: 'default' })
  t.notOk(
    gate.lines.some(({ msg }) => msg === 'upstream failed'),
    'the service has not failed',
  )
})

t.test('503 overloaded when no connection is free in time', async (t) => {
  const { handler, release } = hold()
  const { head, send, upstream } = await startStack(t, {
    env: { COGATE_UPSTREAM_MAX_CONNECTIONS: '1', COGATE_UPSTREAM_WAIT_TIMEOUT: '300ms' },
    handler,
  })
  const first = send(head('GET /first'))
  await upstream.received(1)
  t.hasStrict((await send(head('GET /late'))).responses, [{ status: 503, headers: { 'retry-after': ['5'] } }])
  release()
  t.hasStrict((await first).responses, [{ status: 200 }])
  t.strictSame(
    upstream.requests.map(({ url }) => url),
    ['/first'],
  )
})
