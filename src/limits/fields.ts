/**
 * What a caller who came too early is told: Retry-After, and the RateLimit fields of draft-ietf-httpapi-ratelimit-headers-10.
 */
import type { Exceeded } from './rate-limiter.ts'

/** Name, value, name, value … */
export function rateLimitFields({ name, rate, retryAfterSeconds }: Exceeded): readonly string[] {
  return [
    'Retry-After',
    String(retryAfterSeconds),
    'RateLimit-Policy',
    `"${name}";q=${rate.requests};w=${rate.periodMs / 1000}`,
    'RateLimit',
    `"${name}";r=0;t=${retryAfterSeconds}`,
  ]
}
