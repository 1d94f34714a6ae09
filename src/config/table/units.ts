/**
 * Durations, sizes and rates: from the user's text to numbers, and back. A number without a unit is never accepted.
 */
import type { RateConfig } from '../config.ts'

export const DURATION = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/
const DURATION_MS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const

export const SIZE = /^(\d+(?:\.\d+)?)(B|KiB|MiB|GiB)$/
const SIZE_BYTES = { B: 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 } as const

export const RATE = /^([1-9]\d{0,5})\/(s|m|h)$/

/** Milliseconds, rounded to whole ones; undefined when `text` is no duration. */
export function parseDuration(text: string): number | undefined {
  return parseUnits(text, DURATION, DURATION_MS)
}

/** Bytes, rounded to whole ones; undefined when `text` is no size. */
export function parseSize(text: string): number | undefined {
  return parseUnits(text, SIZE, SIZE_BYTES)
}

/** Up to 999999 requests in a second, a minute or an hour; undefined when `text` is no rate. */
export function parseRate(text: string): RateConfig | undefined {
  const match = RATE.exec(text)
  if (!match) return undefined
  return { requests: Number(match[1]), periodMs: DURATION_MS[match[2] as 's' | 'm' | 'h'] }
}

export function formatRate({ requests, periodMs }: RateConfig): string {
  return `${requests}/${formatDuration(periodMs).slice(1)}`
}

export function formatDuration(ms: number): string {
  return formatUnits(ms, [
    ['h', DURATION_MS.h],
    ['m', DURATION_MS.m],
    ['s', DURATION_MS.s],
    ['ms', 1],
  ])
}

export function formatSize(bytes: number): string {
  return formatUnits(bytes, [
    ['GiB', SIZE_BYTES.GiB],
    ['MiB', SIZE_BYTES.MiB],
    ['KiB', SIZE_BYTES.KiB],
    ['B', 1],
  ])
}

/** What the user may have meant: `5` → 5s, `5 sec` → 5s, `2H` → 2h, `1h30m` → 90m; undefined where nobody knows. */
export function guessDuration(text: string): string | undefined {
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)\s*([a-z]*)\s*/gi)]
  if (parts.length === 0 || parts.map(([part]) => part).join('') !== text) return undefined
  const guesses = parts.map(([, amount = '', unit = '']) => guessUnit(amount, unit.toLowerCase()))
  if (guesses.length === 1) return guesses[0]
  const isWhole = parts.every(([, , unit]) => unit !== '')
  const total = guesses.reduce((sum, guess) => sum + (parseDuration(guess ?? '') ?? Number.NaN), 0)
  return isWhole && !Number.isNaN(total) ? formatDuration(total) : undefined
}

function guessUnit(amount: string, unit: string): string | undefined {
  if (/^(ms|msecs?|millis.*)$/.test(unit)) return `${amount}ms`
  if (/^(s|secs?|seconds?|)$/.test(unit)) return `${amount}s`
  if (/^(m|mins?|minutes?)$/.test(unit)) return `${amount}m`
  if (/^(h|hrs?|hours?)$/.test(unit)) return `${amount}h`
  if (/^(d|days?)$/.test(unit)) return `${amount}d`
  return /^(w|weeks?)$/.test(unit) ? `${Number(amount) * 7}d` : undefined
}

/** `50` → 50/s, `600/min` → 600/m, `5 r/s` → 5/s. */
export function guessRate(text: string): string | undefined {
  const [, requests, per = ''] = /^(\d+)(?:[^a-z]*r[a-z]*)?[^a-z]*([a-z]*)$/i.exec(text) ?? []
  if (requests === undefined) return undefined
  const unit = per.charAt(0).toLowerCase()
  return `${requests}/${unit === 'm' || unit === 'h' ? unit : 's'}`
}

/** `8192` → 8KiB, `64M` and `64mb` → 64MiB, `1KiB/s` → 1KiB. */
export function guessSize(text: string): string | undefined {
  const match = /^(\d+(?:\.\d+)?)\s*([kmg]?)(i?b|)(?:\/s)?$/i.exec(text)
  if (!match?.[1]) return undefined
  const letter = (match[2] ?? '').toUpperCase()
  return letter === '' ? formatSize(Math.round(Number(match[1]))) : `${match[1]}${letter}iB`
}

function parseUnits(text: string, pattern: RegExp, factors: Readonly<Record<string, number>>): number | undefined {
  const [, digits, unit] = pattern.exec(text) ?? []
  const factor = factors[unit ?? '']
  return digits === undefined || factor === undefined ? undefined : Math.round(Number(digits) * factor)
}

function formatUnits(value: number, units: readonly (readonly [string, number])[]): string {
  const smallest = units.at(-1)?.[0] ?? ''
  if (value === 0) return smallest === 'ms' ? '0s' : `0${smallest}`
  const [unit, factor] = units.find(([, candidate]) => value % candidate === 0) ?? [smallest, 1]
  return `${value / factor}${unit}`
}
