/** The end of a WebSocket by its token. */

const maxTimerMs = 2 ** 31 - 1

/** Undefined: it does not expire. A timer holds no more than 24 days, which no token lasts. */
export function expireInTime(
  expiresAtMs: number | undefined,
  nowMs: number,
  expire: () => void,
): NodeJS.Timeout | undefined {
  if (expiresAtMs === undefined) return undefined
  return setTimeout(expire, Math.min(Math.max(expiresAtMs - nowMs, 0), maxTimerMs)).unref()
}
