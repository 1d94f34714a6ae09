/**
 * Headers of the configuration that the service gets with every request, such as a credential of its own. They are stripped
 * from what callers send. Never logged: a value may be a secret.
 */
import { readFileSync } from 'node:fs'
import type { UpstreamConfig } from '../config/config.ts'
import { headerLine } from './lines.ts'
import { canonicalName } from './names.ts'

export interface AddedHeaders {
  /** Finished lines, or empty. */
  readonly lines: string
  /** In canonical form. */
  readonly names: ReadonlySet<string>
}

type Source = Pick<UpstreamConfig, 'headers' | 'headerFiles'>

/** Throws where a file cannot be read, or holds what no header can. */
export function compileAdded({ headers = {}, headerFiles = {} }: Source): AddedHeaders {
  const given = Object.entries(headers)
  const read = Object.entries(headerFiles).map(([name, files]) => [name, files.map(readHeaderValue)] as const)
  const all = [...given, ...read]
  return {
    lines: all.flatMap(([name, values]) => values.map((value) => headerLine(name, value))).join(''),
    names: new Set(all.map(([name]) => canonicalName(name))),
  }
}

/** The end of a line that editors write does not count. */
function readHeaderValue(file: string): string {
  const value = readFileSync(file, 'utf8').replace(/\r?\n$/, '')
  // Characters that are not ASCII would be cut to a byte when they are sent.
  if (!/^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/.test(value)) throw new Error(`${file} holds no value of a header`)
  return value
}
