/**
 * The whole option table as one commented configuration file that loads.
 */

import { writeYaml } from '../issues/place.ts'
import type { Option } from '../table/option.ts'
import { isField, keyInItem } from '../table/option.ts'
import { fieldsOf, TOP_OPTIONS } from '../table/options.ts'
import { wrap } from './wrap.ts'

export function renderExample(): string {
  return `${renderMapping(TOP_OPTIONS, '', '').join('\n')}\n`
}

/** `prefix` is the key of the mapping with its dot; every line begins with `indent`. */
function renderMapping(options: readonly Option[], prefix: string, indent: string): readonly string[] {
  const lines: string[] = []
  const groups = Map.groupBy(options, (option) => nextSegment(option, prefix))
  for (const [name, inside] of groups) {
    const [first] = inside
    if (!first) continue
    if (inside.length === 1 && keyInItem(first) === `${prefix}${name}`) lines.push(...renderKey(first, name, indent))
    else {
      // A mapping without a key would be a key without a value.
      const mark = inside.some(isActive) ? '' : '# '
      lines.push(`${indent}${mark}${name}:`, ...renderMapping(inside, `${prefix}${name}.`, `${indent}  `))
    }
  }
  return lines
}

function nextSegment(option: Option, prefix: string): string {
  return keyInItem(option).slice(prefix.length).split('.')[0] ?? ''
}

function renderKey(option: Option, name: string, indent: string): readonly string[] {
  const doc = wrap(option.doc.replaceAll('`', ''), `${indent}# `).split('\n')
  const mark = isActive(option) ? '' : '# '
  if (option.type.kind !== 'objects') {
    return [...doc, `${indent}${mark}${name}: ${writeYaml(sampleOf(option))}`]
  }
  const item = renderMapping(fieldsOf(option.path), '', '')
  const first = item.findIndex((line) => !line.startsWith('#'))
  return [
    ...doc,
    `${indent}${mark}${name}:`,
    ...item.map((line, at) => `${indent}${mark}${at === first ? '  - ' : '    '}${line}`),
  ]
}

/** Items show a typical value, everything else its default. */
function sampleOf(option: Option): unknown {
  return isField(option) ? (option.example ?? option.default) : (option.default ?? option.example)
}

/** Demands of routes have no default and are shown all the same: they are what the file is for. */
function isActive(option: Option): boolean {
  return option.required === true || option.default !== undefined || option.path.startsWith('routes[].')
}
