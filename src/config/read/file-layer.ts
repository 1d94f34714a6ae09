/**
 * The configuration file, YAML or JSON, as a layer. Mistakes in the file become issues; nothing here throws for them.
 */
import { readFileSync } from 'node:fs'
import type { Issues } from '../issues/issues.ts'
import type { Place } from '../issues/place.ts'
import type { KeyPath } from '../table/key.ts'
import type { Layer } from './layer.ts'
import { isMapping } from './layer.ts'
import type { Spot } from './yaml-text.ts'
import { readYaml } from './yaml-text.ts'

export type ReadFile = (path: string) => string

const MAX_FILE_BYTES = 1024 ** 2

/** Throws when the file cannot be read or is not UTF-8. */
export function readTextFile(path: string): string {
  return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(path))
}

/** Undefined when nothing of the file is usable; `named` is where the user named the file. */
export function readFileLayer(file: string, named: Place, context: FileContext): Layer | undefined {
  const { issues, readFile } = context
  const text = readLimited(file, named, { issues, readFile })
  if (text === undefined) return undefined
  const yaml = readYaml(text)
  const place = (spot: Spot): Place => ({
    kind: 'file',
    name: `${file}:${spot.line}:${spot.column}`,
    text: spot.text,
    yaml: true,
  })
  for (const fault of yaml.faults) {
    issues.add(
      {
        path: ['config'],
        expected: 'YAML or JSON, each key once',
        found: fault.message,
        line: `# ${adviceFor(fault.message)}`,
      },
      place(fault),
    )
  }
  if (yaml.data === undefined) return undefined
  const locate = (path: KeyPath, at?: 'key'): Place => place(yaml.locate(path, at))
  return { data: expandUpstream(yaml.data ?? {}), locate, onlyItems: false }
}

export interface FileContext {
  readonly issues: Issues
  readonly readFile: ReadFile
}

function readLimited(file: string, named: Place, { issues, readFile }: FileContext): string | undefined {
  try {
    const text = readFile(file)
    if (Buffer.byteLength(text) <= MAX_FILE_BYTES) return text
    issues.add({ path: ['config'], expected: 'a file of at most 1MiB', found: file, line: '# make it smaller' }, named)
  } catch (error) {
    issues.add(
      {
        path: ['config'],
        expected: 'a readable UTF-8 file',
        found: file === '' ? 'an empty name' : `${file}, which ${faultOf(error)}`,
        write: '/etc/cogate/cogate.yaml',
      },
      named,
    )
  }
  return undefined
}

const FAULTS: Readonly<Record<string, string>> = {
  ENOENT: 'does not exist',
  EACCES: 'may not be read by this user',
  EISDIR: 'is a directory',
  ERR_ENCODING_INVALID_ENCODED_DATA: 'is not UTF-8 text',
}

/** What the library says of a mistake in the syntax, and what to do about it. The line itself may hold a secret. */
const ADVICE: readonly (readonly [message: RegExp, advice: string])[] = [
  [/^Tabs /, 'indent with blanks, not with tabs'],
  [/^Implicit keys /, 'indent the lines alike, and write "key: value" with a blank'],
  [/^Map keys must be unique/, 'the key is there twice: make one of the two'],
  [/^Nested mappings /, 'indent this line like its neighbours, and put quotes around a value that holds ": "'],
  [/^Sequence item without |^All mapping items /, 'indent this line like its neighbours'],
  [/^Missing closing |^Flow (?:map|sequence) /, 'close the bracket or the quote'],
  [/^Plain value |^Alias /, 'put quotes around the value'],
]

function adviceFor(message: string): string {
  return ADVICE.find(([pattern]) => pattern.test(message))?.[1] ?? 'correct the syntax here'
}

/** The end of a sentence that begins "FILE, which". Never shows the content of the file. */
export function faultOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'no code'
  return FAULTS[code] ?? `cannot be read (${code})`
}

/** `upstream: URL` is `upstream: { url: URL }`. */
function expandUpstream(data: unknown): unknown {
  if (!isMapping(data) || typeof data['upstream'] !== 'string') return data
  return { ...data, upstream: { url: data['upstream'] } }
}
