/**
 * Rules about addresses, times and rates: the listeners do not share a port, times are in order. Nothing here opens a connection.
 */

import { formatAddress, overlap } from '../table/addresses.ts'
import { formatDuration, formatSize } from '../table/units.ts'
import type { RuleContext } from './rule.ts'

export function checkListeners({ config, report }: RuleContext): void {
  const { host } = config.ops.listen
  if (!overlap(config.listen, config.ops.listen)) return
  const expected = 'another port than listen: callers of the traffic port must not reach /metrics'
  const write = formatAddress({ host, port: config.listen.port === 9464 ? 9465 : 9464 })
  report({ path: ['ops', 'listen'], expected, write })
}

/** Everybody's question would be refused, and nobody would know why. */
export function checkForwardAuth({ config, report }: RuleContext): void {
  if (!config.forwardAuth.enabled || config.forwarded.trust.length > 0) return
  const expected = 'the addresses of the proxies that may ask, because forwardAuth.enabled is true'
  report({ path: ['forwarded', 'trust'], found: 'nothing', expected, write: ['127.0.0.1'] })
}

/** In each pair the first time must not be above the second. */
export function checkTimes({ config, report }: RuleContext): void {
  const { jwks, limits } = config
  const pairs = [
    ['jwks', 'cooldown', jwks.cooldownMs, 'refreshInterval', Math.min(jwks.refreshIntervalMs, jwks.maxStaleMs)],
    ['jwks', 'refreshInterval', jwks.refreshIntervalMs, 'maxStale', jwks.maxStaleMs],
    ['limits', 'headersTimeout', limits.headersTimeoutMs, 'requestTimeout', limits.requestTimeoutMs],
  ] as const
  for (const [group, short, shortMs, long, longMs] of pairs) {
    if (shortMs <= longMs) continue
    const limit = formatDuration(longMs)
    report({
      path: [group, short],
      found: formatDuration(shortMs),
      expected: `at most ${group}.${long}, which is ${limit}`,
      write: limit,
    })
  }
}

/** Nobody has to lower a default that they have not set: a token that is longer does not arrive. */
const defaultTokenBytes = 8 * 1024

/** A limit that another one always meets first is never reached, and the reason in the answer is not the one it names. */
export function checkSizes({ config: { limits }, report }: RuleContext): void {
  if (limits.tokenBytes <= Math.max(limits.headersBytes, defaultTokenBytes)) return
  const limit = formatSize(limits.headersBytes)
  report({
    path: ['limits', 'token'],
    found: formatSize(limits.tokenBytes),
    expected: `at most limits.headers, which is ${limit}: a token is in a header`,
    write: limit,
  })
}

export function checkRateLimit({ config: { rateLimit }, report }: RuleContext): void {
  if (rateLimit?.burst === undefined || rateLimit.perSubject || rateLimit.perAddress) return
  const expected = 'rateLimit.perSubject or rateLimit.perAddress as well: burst alone limits nothing'
  report({ path: ['rateLimit', 'burst'], expected, line: '# add rateLimit.perSubject or rateLimit.perAddress' })
}
