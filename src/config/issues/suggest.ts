/**
 * Guesses what the user meant, for the line that an issue tells to write: a valid value for a wrong one, and the known
 * word that is nearest to an unknown one. A guess is shown and never used.
 */
import { parseUpstream } from '../table/addresses.ts'
import type { Option, OptionType } from '../table/option.ts'
import { string } from '../table/option.ts'
import { guessDuration, guessRate, guessSize } from '../table/units.ts'
import { parseValue } from '../table/values.ts'

/** Valid for `type`; the option's example or default when `text` gives no clue. */
export function suggestValue(option: Option, type: OptionType, text: string): unknown {
  // Once for YAML and once for a file of variables, which keeps them.
  const bare = unquote(unquote(text))
  const guess = guessValue(type, bare)
  if (guess !== undefined && parseValue(type, guess).problems.length === 0) return guess
  return fallbackFor(option, type)
}

function unquote(text: string): string {
  return text.trim().replace(/^(["'])(.*)\1$/s, '$2')
}

function guessValue(type: OptionType, text: string): unknown {
  switch (type.kind) {
    case 'duration':
      return guessDuration(text)
    case 'size':
      return guessSize(text)
    case 'rate':
      return guessRate(text)
    case 'count':
      return /^\d+$/.test(text) ? Number(text) : undefined
    case 'boolean':
      return guessBoolean(text)
    case 'enum':
      return findNearest(text, type.values)
    case 'address':
      return /^\d+$/.test(text) ? `0.0.0.0:${text}` : undefined
    case 'upstream':
      return guessUpstream(text)
    case 'string':
    case 'url':
    case 'cidr':
    case 'file':
      return text
    case 'texts':
      return guessList(string, text)
    case 'list':
      return guessList(type.of, text)
    default:
      return undefined
  }
}

function guessBoolean(text: string): boolean | undefined {
  if (/^(?:true|yes|on|1)$/i.test(text)) return true
  return /^(?:false|no|off|0)$/i.test(text) ? false : undefined
}

function guessUpstream(text: string): string | undefined {
  if (/^\d+$/.test(text)) return `http://127.0.0.1:${text}`
  const [, socket] = /^(?:unix:)?\/*(\/[\w./-]+)$/.exec(text) ?? []
  if (socket !== undefined) return `unix:${socket}`
  const [, scheme = 'http://', host] = /^(https?:\/\/)?(?:[^/@\s]*@)?([\w.:[\]-]+)(?:[/?#].*)?$/i.exec(text) ?? []
  return host === undefined ? undefined : parseUpstream(`${scheme.toLowerCase()}${host}`)
}

/** The list that is meant by one value, or by several with commas between them. */
function guessList(of: OptionType, text: string): unknown {
  if (text === '' || /[[\]{}\n]/.test(text)) return undefined
  const items = text.split(',').map((item) => item.trim())
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

/** The nearest known word, without regard to case and separators; undefined when none is near enough to be meant. */
export function findNearest(word: string, known: readonly string[]): string | undefined {
  const target = fold(word)
  const limit = target.length < 4 ? 1 : Math.max(2, Math.floor(target.length / 4))
  let best: { readonly word: string; readonly distance: number } | undefined
  for (const candidate of known) {
    const distance = editDistance(target, fold(candidate), limit)
    if (distance <= limit && distance < (best?.distance ?? Number.POSITIVE_INFINITY))
      best = { word: candidate, distance }
  }
  return best?.word
}

function fold(word: string): string {
  return word.toLowerCase().replaceAll(/[^a-z0-9]/g, '')
}

/** Levenshtein distance; `limit + 1` when the lengths alone differ by more than `limit`. */
function editDistance(left: string, right: string, limit: number): number {
  if (Math.abs(left.length - right.length) > limit) return limit + 1
  let previous = Array.from({ length: right.length + 1 }, (_, column) => column)
  for (let row = 1; row <= left.length; row += 1) {
    const current = [row]
    for (let column = 1; column <= right.length; column += 1) {
      const swap = (previous[column - 1] ?? 0) + (left[row - 1] === right[column - 1] ? 0 : 1)
      current.push(Math.min(swap, (previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1))
    }
    previous = current
  }
  return previous.at(-1) ?? 0
}
