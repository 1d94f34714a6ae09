import t from 'tap'
import { ConfigError, FaultError } from '../../../src/errors.ts'
import { toError, toFault } from '../../../src/process/workers/fault.ts'

function carried(error: unknown): unknown {
  const fault = toFault(error)
  return fault && toError(structuredClone(fault))
}

t.test('a fault arrives with its words', async (t) => {
  const error = carried(new FaultError('listen: cannot listen'))
  t.ok(error instanceof FaultError)
  t.match(error, { message: 'listen: cannot listen' })
})

t.test('a configuration error arrives with all its issues', async (t) => {
  const issue = { key: 'routes[1]', source: 'file', found: 'a', expected: 'b', fix: 'c' }
  const error = carried(new ConfigError([issue, issue]))
  t.ok(error instanceof ConfigError)
  t.match(error, { issues: [issue, issue] })
})

t.test('an error of the system is told in its words (FLD-16)', async (t) => {
  const error = Object.assign(new Error("ENOENT: no such file, open '/tls.key'"), { code: 'ENOENT', syscall: 'open' })
  t.match(carried(error), { name: 'FaultError', message: "ENOENT: no such file, open '/tls.key'" })
})

t.test('a defect is not carried over', async (t) => {
  t.equal(carried(new TypeError('undefined is not a function')), undefined)
})
