import t from 'tap'
import { rateLimitFields } from '../../src/limits/fields.ts'

t.test('says when to come again, which limit it was, and that nothing is left of it', async (t) => {
  const rate = { requests: 600, periodMs: 60_000 }
  t.same(rateLimitFields({ name: 'address', rate, retryAfterSeconds: 3 }), [
    'Retry-After',
    '3',
    'RateLimit-Policy',
    '"address";q=600;w=60',
    'RateLimit',
    '"address";r=0;t=3',
  ])
})
