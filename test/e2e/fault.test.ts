/** A defect of our own while an allowed request is carried out: an answer, a log line with the stack, and a record. */
import t from 'tap'
import { UpstreamPool } from '../../src/upstream/pool.ts'
import { startStack } from '../helpers/stack.ts'

t.test('answers 500 internal_error without a word of the defect, and serves the next request', async (t) => {
  const { gate, head, send } = await startStack(t)
  const { dispatch } = UpstreamPool.prototype
  UpstreamPool.prototype.dispatch = () => {
    throw new TypeError('a defect of our own')
  }
  t.teardown(() => {
    UpstreamPool.prototype.dispatch = dispatch
  })
  const { responses } = await send(head('GET /x'))
  UpstreamPool.prototype.dispatch = dispatch
  t.equal(responses[0]?.status, 500)
  const body = responses[0]?.body.toString() ?? ''
  t.hasStrict(JSON.parse(body), { code: 'internal_error', status: 500 })
  t.notMatch(body, /defect/)
  const requestId = responses[0]?.headers['x-request-id']?.[0]
  t.match(await gate.logged(({ msg }) => msg === 'fault'), {
    level: 'error',
    requestId,
    err: { message: 'a defect of our own', stack: /app\.ts/ },
  })
  t.hasStrict(await gate.logged(({ msg }) => msg === 'access'), {
    requestId,
    reason: 'internal_error',
    outcome: 'fail',
    status: 500,
  })
  t.equal((await send(head('GET /x'))).responses[0]?.status, 200)
})
