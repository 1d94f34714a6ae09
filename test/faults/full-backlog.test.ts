/** A service whose process hangs: the system takes a few connections for it and drops all others without a word. */
import t from 'tap'
import { startHanging } from '../helpers/hanging-service.ts'
import { startStackBefore } from '../helpers/stack.ts'

t.test('FLT-044 504 when the backlog of the upstream is full, after upstream.connectTimeout', async (t) => {
  const env = { COGATE_UPSTREAM_CONNECT_TIMEOUT: '300ms' }
  const { head, send } = await startStackBefore(t, `http://127.0.0.1:${await startHanging(t, { callers: 8 })}`, { env })
  const { responses } = await send(head('GET /x'))
  t.equal(responses[0]?.status, 504)
  t.match(JSON.parse(responses[0]?.body.toString() ?? ''), { code: 'upstream_timeout' })
})
