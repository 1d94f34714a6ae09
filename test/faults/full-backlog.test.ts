/** A service whose process hangs: the system takes a few connections for it and drops all others without a word. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import t, { type Test } from 'tap'
import { startStackBefore } from '../helpers/stack.ts'
import { createTally } from '../helpers/tally.ts'

const hanging = `
  const { writeSync } = require('node:fs')
  require('node:net').createServer().listen({ port: 0, host: '127.0.0.1', backlog: 1 }, function () {
    writeSync(1, String(this.address().port))
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
  })`

/** Resolves to its port once its backlog is full. */
async function startHanging(t: Test): Promise<number> {
  const child = spawn(process.execPath, ['-e', hanging], { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = once(child, 'exit')
  const [port] = await once(child.stdout, 'data')
  const taken = createTally()
  const callers = Array.from({ length: 8 }, () => connect(Number(port), '127.0.0.1', taken.add).on('error', () => {}))
  t.teardown(async () => {
    for (const caller of callers) caller.destroy()
    child.kill('SIGKILL')
    await ended
  })
  await taken.reached(2)
  return Number(port)
}

t.test('FLT-044 504 when the backlog of the upstream is full, after upstream.connectTimeout', async (t) => {
  const env = { COGATE_UPSTREAM_CONNECT_TIMEOUT: '300ms' }
  const { head, send } = await startStackBefore(t, `http://127.0.0.1:${await startHanging(t)}`, { env })
  const { responses } = await send(head('GET /x'))
  t.equal(responses[0]?.status, 504)
  t.match(JSON.parse(responses[0]?.body.toString() ?? ''), { code: 'upstream_timeout' })
})
