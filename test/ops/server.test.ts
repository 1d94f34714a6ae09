import t from 'tap'
import { createOpsServer } from '../../src/ops/server.ts'

t.test('an answer never shows why metrics or readiness failed; the log is told (FLD-41)', async (t) => {
  const fault = Object.assign(new Error("EMFILE: too many open files, open '/app/dist/metrics.js'"), { code: 'EMFILE' })
  const told: unknown[] = []
  const fail = () => Promise.reject(fault)
  const app = createOpsServer({
    readiness: fail,
    metrics: fail,
    status: fail,
    activity: fail,
    onFault: (error) => told.push(error),
  })
  t.teardown(() => app.close())
  for (const url of ['/metrics', '/readyz', '/status', '/mau']) {
    const { statusCode, body } = await app.inject({ url })
    t.same([statusCode, body], [500, 'unavailable; the log says why\n'], url)
  }
  t.same(told, [fault, fault, fault, fault])
})
