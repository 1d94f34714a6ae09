/**
 * A token in the query. URLs are in logs and histories, so this is for what cannot send it elsewhere, and it never goes further.
 */
import { textAt } from '../headers/lines.ts'
import { decode } from './decode.ts'
import type { Source } from './source.ts'

/** The target of the page, of a copy, and the one that a proxy in front has got. */
const targetHeaders: ReadonlySet<string> = new Set([
  ...[
    'referer',
    'destination',
    'forwarded-uri',
    'x-forwarded-uri',
    'x-forwarded-path',
    'x-original-uri',
    'x-original-url',
  ],
  ...['x-original-path', 'x-envoy-original-path', 'x-rewrite-url', 'x-waws-unencoded-url'],
])

export interface QuerySource extends Source {
  readonly stripTarget: (target: string) => string
}

export function queryParameter(name: string): QuerySource {
  // A name of another length is not taken apart: callers choose how many there are.
  const isOwn = (parameter: string): boolean => {
    const [written = ''] = parameter.split('=', 1)
    const isPossible = written.length >= name.length && written.length <= longestCharacter * name.length
    return isPossible && decode(written) === name
  }
  const stripTarget = (target: string): string => dropParameters(target, isOwn)
  return {
    read({ url }) {
      const query = queryOf(url)
      const found = query.split('&').filter(isOwn)
      // Some servers take `;` for `&`, and would find one more.
      const hidden = query.split(/[&;]/).filter(isOwn).length - found.length
      return [...found.map(textOf), ...Array.from({ length: hidden > 0 ? 2 : 0 }, () => '')]
    },
    isAmbient: false,
    strip(fields) {
      const { lines } = fields
      const isTarget = (at: number): boolean => at % 2 === 1 && targetHeaders.has(textAt(lines, at - 1).toLowerCase())
      return { ...fields, lines: lines.map((text, at) => (isTarget(at) ? stripTarget(text) : text)) }
    },
    stripTarget,
  }
}

/** Four bytes, each of which is three characters: `%F0`. */
const longestCharacter = 12

function queryOf(target: string): string {
  const start = target.indexOf('?')
  return start === -1 ? '' : target.slice(start + 1)
}

function textOf(parameter: string): string {
  const start = parameter.indexOf('=')
  return start === -1 ? '' : parameter.slice(start + 1)
}

/** All others stay byte for byte. */
function dropParameters(target: string, isDropped: (parameter: string) => boolean): string {
  const start = target.indexOf('?')
  if (start === -1) return target
  const fragment = target.indexOf('#', start)
  const end = fragment === -1 ? target.length : fragment
  const parameters = target.slice(start + 1, end).split('&')
  const kept = parameters.filter((parameter) => !parameter.split(';').some(isDropped))
  if (kept.length === parameters.length) return target
  return target.slice(0, start) + (kept.length === 0 ? '' : `?${kept.join('&')}`) + target.slice(end)
}
