/**
 * The configured rate limits, compiled: by the address before a token is looked at, by the subject once it is verified.
 */
import type { RateLimitConfig } from '../config/config.ts'
import { RateLimiter } from './rate-limiter.ts'

/** Absent: not limited. */
export interface Rates {
  readonly address: RateLimiter | undefined
  readonly subject: RateLimiter | undefined
}

export function compileRates({ perAddress, perSubject, burst }: RateLimitConfig = {}): Rates {
  return {
    address: perAddress && new RateLimiter('address', perAddress, burst),
    subject: perSubject && new RateLimiter('subject', perSubject, burst),
  }
}
