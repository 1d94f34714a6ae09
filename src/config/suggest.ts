/**
 * What the user probably meant: the value an issue tells to write.
 */
import { parseUpstream } from './addresses.ts'
import { findNearest } from './nearest.ts'
import type { Option, OptionType } from './option.ts'
import { guessDuration, guessRate, guessSize } from './units.ts'
import { parseValue } from './values.ts'

/** Valid for `type`; the option's example or default when `text` gives no clue. */
export function suggestValue(option: Option, type: OptionType, text: string): unknown {
  const bare = text.trim().replace(/^(["'])(.*)\1$/, '$2')
  const guess = guessValue(type, bare)
  if (guess !== undefined && parseValue(type, guess).problems.length === 0) return guess
  return fallbackFor(option, type)
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
      return text
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

/** One value, or several with commas between them, where a list belongs. */
function guessList(of: OptionType, text: string): unknown {
  if (text === '' || /[[\]{}\n]/.test(text)) return undefined
  const items = text.split(',').map((item) => item.trim())
  return items.filter((item) => item !== '').map((item) => guessValue(of, item) ?? item)
}

function fallbackFor(option: Option, type: OptionType): unknown {
  const whole = option.example ?? option.default
  if (type.kind === 'list' || option.type.kind !== 'list') {
    return Array.isArray(whole) && whole.length === 0 && type.kind === 'list' ? [fallbackItem(type.of)] : whole
  }
  return Array.isArray(whole) && whole.length > 0 ? whole[0] : fallbackItem(type)
}

function fallbackItem(type: OptionType): unknown {
  if (type.kind === 'enum') return type.values[0]
  return type.kind === 'cidr' ? '10.0.0.0/8' : '…'
}
