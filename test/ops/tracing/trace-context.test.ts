import t from 'tap'
import { readTraceParent } from '../../../src/ops/tracing/trace-context.ts'

const traceId = '0af7651916cd43dd8448eb211c80319c'
const spanId = 'b7ad6b7169203331'

t.test('a good header is read, and one of a later version too', async (t) => {
  t.same(readTraceParent(`00-${traceId}-${spanId}-01`), { traceId, spanId, isSampled: true })
  t.same(readTraceParent(`00-${traceId}-${spanId}-02`), { traceId, spanId, isSampled: false })
  t.same(readTraceParent(`cc-${traceId}-${spanId}-01-what-comes`), { traceId, spanId, isSampled: true })
})

t.test('what the standard forbids is none', async (t) => {
  const bad = [
    ...[undefined, '', 'x', `ff-${traceId}-${spanId}-01`, `00-${'0'.repeat(32)}-${spanId}-01`],
    ...[
      `00-${traceId}-${'0'.repeat(16)}-01`,
      `00-${traceId}-${spanId}-01-more`,
      `00-${traceId.toUpperCase()}-${spanId}-01`,
    ],
    ...[`00-${traceId}-${spanId}-1`, `00-${traceId}-${spanId}-01, 00-${traceId}-${spanId}-01`],
  ]
  for (const header of bad) t.equal(readTraceParent(header), undefined, String(header))
})
