/**
 * Option types in words: a short name for tables and --help, and what an issue says was expected.
 */
import type { OptionType } from './option.ts'
import { wordsOf } from './option.ts'
import { formatDuration, formatSize } from './units.ts'

/** `duration`, `size | none`, `list of CIDR`. */
export function nameType(type: OptionType): string {
  switch (type.kind) {
    case 'enum':
      // More words than a line of help can show are named in the sentence of the option.
      return type.values.length > 7 ? 'word' : type.values.join(' | ')
    case 'list':
      return `list of ${nameType(type.of)}`
    case 'objects':
      return 'list of mappings'
    case 'map':
      return `mapping of ${type.of.kind}`
    case 'texts':
      return 'string | list of string'
    case 'scalars':
      return 'scalar | list of scalar'
    case 'size':
    case 'duration':
      return [type.kind, ...wordsOf(type)].join(' | ')
    case 'count':
      return type.word === undefined ? 'count' : `count | ${type.word}`
    case 'upstream':
      return 'URL | unix:/path'
    case 'url':
    case 'cidr':
      return type.kind.toUpperCase()
    default:
      return type.kind
  }
}

/** What belongs there, to follow the word "expected". */
export function expectType(type: OptionType): string {
  switch (type.kind) {
    case 'duration':
      return `a duration with its unit (ms, s, m, h, d), from ${formatDuration(type.minMs)} to ${formatDuration(type.maxMs)}${wordsOf(
        type,
      )
        .map((word) => `, or ${word}`)
        .join('')}`
    case 'size':
      return `a size with its unit (B, KiB, MiB, GiB), from ${formatSize(type.minBytes)} to ${formatSize(type.maxBytes)}${wordsOf(
        type,
      )
        .map((word) => `, or ${word}`)
        .join('')}`
    case 'count':
      return `a whole number from ${type.min} to ${type.max}${type.word === undefined ? '' : `, or ${type.word}`}`
    case 'enum':
      return `one of ${type.values.join(', ')}`
    case 'list':
      return `a list${type.min > 0 ? ', not empty' : ''}; each item ${expectType(type.of)}`
    default:
      return EXPECTED[type.kind]
  }
}

const EXPECTED = {
  rate: 'requests in a second, a minute or an hour, such as 50/s, 600/m or 5000/h',
  share: 'a number from 0 to 1, such as 0.1',
  boolean: 'true or false',
  string: 'a text, not empty and without blanks around it',
  address: 'an address with its port, such as 0.0.0.0:8181, :8181 or "[::]:8181"',
  upstream:
    'http://host:port, https://host:port or unix:/path, an address in full, without credentials, path, query or fragment; a path belongs into addPrefix of a rule',
  url: 'an http or https URL, an address in full, without credentials, query or fragment',
  file: 'the path of a file',
  cidr: 'a network such as 10.0.0.0/8 or fd00::/8, never a number of hops',
  objects: 'a list of mappings',
  texts: 'a text or a list of texts, not empty',
  scalars: 'a text, true, false or a whole number, or a list of them, not empty',
  map: 'a mapping of names to a text or a list of texts',
} as const
