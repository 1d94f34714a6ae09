import t from 'tap'
import { createRequestIds } from '../../src/gate/lifecycle.ts'

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

t.test('every id is a UUID and none occurs twice, in one process or two', async (t) => {
  const [one, two] = [createRequestIds(), createRequestIds()]
  const ids = Array.from({ length: 5000 }, () => [one(), two()]).flat()
  t.equal(new Set(ids).size, ids.length)
  t.strictSame(
    ids.filter((id) => !uuid.test(id)),
    [],
  )
})
