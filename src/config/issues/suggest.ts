/**
 * Guesses what the user meant, for the line that an issue tells to write: a valid value for a wrong one, and the known
 * word that is nearest to an unknown one. A guess is shown and never used.
 */
import { isIP } from 'node:net'
import { parseAddress, parseUpstream } from '../table/addresses.ts'
import type { Option, OptionType } from '../table/option.ts'
import { string } from '../table/option.ts'
import {
  formatDuration,
  formatSize,
  guessDuration,
  guessRate,
  guessSize,
  parseDuration,
  parseSize,
} from '../table/units.ts'
import { parseValue } from '../table/values.ts'
import { mendTexts } from './mend.ts'
import { findNearest } from './nearest.ts'

/** Accepted by the rules too; the option's example or default when `text` gives no clue. */
export function suggestValue(option: Option, type: OptionType, text: string): unknown {
  return guessFor(option, type, text) ?? fallbackFor(option, type)
}

/** What a message tells to write: the value, or advice where no value can be known. */
export function suggestFix(
  option: Option,
  type: OptionType,
  text: string,
): { readonly write: unknown } | { readonly line: string } {
  const guess = guessFor(option, type, text)
  if (guess === undefined && option.noHint) return { line: `# ${option.noHint}` }
  return { write: guess ?? fallbackFor(option, type) }
}

/** As `suggestValue`, but undefined without a clue. */
export function guessFor(option: Option, type: OptionType, text: string): unknown {
  // Once for YAML and once for a file of variables, which keeps them.
  const guess = mend(option, guessValue(type, unquote(unquote(text)), option.default))
  return guess !== undefined && parseValue(type, guess).problems.length === 0 ? guess : undefined
}

function unquote(text: string): string {
  return text.trim().replace(/^(["'])(.*)\1$/s, '$2')
}

function mend(option: Option, guess: unknown): unknown {
  if (typeof guess === 'string') return mendTexts(option, [guess])?.[0]
  if (!Array.isArray(guess) || !guess.every((item) => typeof item === 'string')) return guess
  return mendTexts(option, guess)
}

function guessValue(type: OptionType, text: string, fallback?: unknown): unknown {
  switch (type.kind) {
    case 'duration':
      return clamp(guessBareNumber(text, type) ?? guessDuration(text), parseDuration, [type.maxMs, formatDuration])
    case 'size':
      return clamp(guessSize(text), parseSize, [type.maxBytes, formatSize])
    case 'rate':
      return guessRate(text)
    case 'count':
      return /^[1-9]\d*$/.test(text) ? Math.min(Number(text), type.max) : undefined
    case 'share':
      return guessShare(text)
    case 'boolean':
      return guessBoolean(text)
    case 'enum':
      return findNearest(text, type.values)
    case 'address':
      return guessAddress(text, fallback)
    case 'upstream':
      return guessUpstream(text)
    case 'string':
    case 'url':
    case 'cidr':
    case 'file':
      return /^[[{]/.test(text) ? undefined : text
    case 'texts':
      return guessList(string, text)
    case 'list':
      return guessList(type.of, text)
    default:
      return undefined
  }
}

/** A number alone means seconds, or milliseconds where as many seconds would be too long. */
function guessBareNumber(text: string, { maxMs }: OptionType & { readonly kind: 'duration' }): string | undefined {
  return /^\d{1,9}$/.test(text) && Number(text) * 1000 > maxMs && Number(text) <= maxMs ? `${text}ms` : undefined
}

/** A share is often meant in percent. */
function guessShare(text: string): number | undefined {
  const [, number, percent] = /^(\d{1,9}(?:\.\d{1,9})?)\s*(%?)$/.exec(text) ?? []
  if (number === undefined) return undefined
  const share = percent === '%' || Number(number) > 1 ? Number(number) / 100 : Number(number)
  return Math.min(share, 1)
}

/** The longest or largest value for one beyond it. Below the least one nobody knows what is meant: often "no limit". */
function clamp(
  text: string | undefined,
  parse: (text: string) => number | undefined,
  [max, format]: readonly [max: number, format: (value: number) => string],
): string | undefined {
  const value = parse(text ?? '')
  return value !== undefined && value > max ? format(max) : text
}

/** A port alone; an IPv6 address that lacks its brackets; or a host without a port, which gets the one of the default. */
function guessAddress(text: string, fallback: unknown): string | undefined {
  const bare = text
    .replace(/^[a-z]+:\/\//i, '')
    .replace(/\/$/, '')
    .toLowerCase()
  if (/^\d+$/.test(bare)) return `0.0.0.0:${bare}`
  if (parseAddress(bare)) return bare
  const [, v6 = '', ownPort = ''] = /^(.*):(\d{2,5})$/.exec(bare) ?? []
  if (parseAddress(`[${v6}]:${ownPort}`)) return `[${v6}]:${ownPort}`
  if (isIP(bare) === 0 && !/^localhost$|\./.test(bare)) return undefined
  const host = isIP(bare) === 6 ? `[${bare}]` : bare
  const [port = ''] = /\d+$/.exec(String(fallback)) ?? []
  return `${host}:${port}`
}

function guessBoolean(text: string): boolean | undefined {
  if (/^(?:true|yes|on|1)$/i.test(text)) return true
  return /^(?:false|no|off|0)$/i.test(text) ? false : undefined
}

/** Schemes under which an HTTP service is named elsewhere. Others are other protocols. */
const SCHEMES: Readonly<Record<string, string>> = {
  '': 'http://',
  http: 'http://',
  tcp: 'http://',
  ws: 'http://',
  h2c: 'http://',
  https: 'https://',
  tls: 'https://',
  ssl: 'https://',
  wss: 'https://',
}

/** The host with its port. What holds anything else is no address that can be mended. */
const WRITTEN = /^(?:([a-z][a-z0-9+.-]*):)?(?:\/\/)?(?:[^/@\s]*@)?((?:\[[\da-f:.]+\]|[\w.-]+)(?::\d+)?)(?:[/?#].*)?$/i

function guessUpstream(text: string): string | undefined {
  if (/^\d+$/.test(text)) return parseUpstream(`http://127.0.0.1:${text}`)
  const [, socket] = /^(?:(?:http\+)?unix:)?\/*(\/[\w./-]+)$/.exec(text) ?? []
  if (socket !== undefined) return `unix:${socket}`
  const [, scheme = '', host] = WRITTEN.exec(reread(text)) ?? []
  const own = SCHEMES[scheme.toLowerCase()]
  return host === undefined || own === undefined ? undefined : parseUpstream(`${own}${host}`)
}

/** `app:3000` has no scheme: what looks like one is a host. */
function reread(text: string): string {
  return /^[a-z][a-z0-9+.-]*:(?!\/\/)/i.test(text) ? `//${text}` : text
}

/** The list that is meant by one value, or by several with commas between them or as a list. */
function guessList(of: OptionType, text: string): unknown {
  const bare = text.replace(/^\[([^[\]{}\n]*)\]$/, '$1')
  if (bare.trim() === '' || /[[\]{}\n]/.test(bare)) return undefined
  const items = bare.split(',').map((item) => unquote(item))
  return items.filter((item) => item !== '').map((item) => guessValue(of, item) ?? item)
}

/** Without a clue: the option's example or default, or one item of it. */
function fallbackFor(option: Option, type: OptionType): unknown {
  const whole = option.example ?? option.default
  if (type === option.type) {
    return Array.isArray(whole) && whole.length === 0 && type.kind === 'list' ? [fallbackItem(type.of)] : whole
  }
  const [first]: readonly unknown[] = typeof whole === 'object' ? Object.values(whole) : []
  return first !== undefined && parseValue(type, first).problems.length === 0 ? first : fallbackItem(type)
}

function fallbackItem(type: OptionType): unknown {
  if (type.kind === 'enum') return type.values[0]
  return type.kind === 'cidr' ? '10.0.0.0/8' : '…'
}
