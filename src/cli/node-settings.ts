/**
 * Refuses settings of Node.js that would undo what the gate promises, whether they are flags or variables. They must
 * never be ignored silently: the user could not tell whether the setting or the promise holds.
 */
import { isLoopbackHost } from '../config/table/addresses.ts'
import type { ConfigIssue } from '../errors.ts'
import { ConfigError } from '../errors.ts'

export interface NodeSettings {
  /** The flags before the program. */
  readonly execArgv: readonly string[]
  readonly env: Readonly<Record<string, string | undefined>>
}

interface Flag {
  /** Written with hyphens; Node.js accepts underscores as well. */
  readonly name: string
  readonly value: string
}

/** Throws ConfigError, which names all of them. */
export function refuseUnsafeSettings({ execArgv, env }: NodeSettings): void {
  const issues = [
    ...refuseFlags(readFlags(execArgv), 'flag of Node.js'),
    ...refuseFlags(readFlags(splitWords(env['NODE_OPTIONS'] ?? '')), 'environment NODE_OPTIONS'),
    ...refuseUncheckedTls(env['NODE_TLS_REJECT_UNAUTHORIZED']),
  ]
  if (issues.length > 0) throw new ConfigError(issues)
}

function refuseFlags(flags: readonly Flag[], source: string): readonly ConfigIssue[] {
  return flags.flatMap(({ name, value }) => {
    const expected = whyNot(name, value)
    if (expected === undefined) return []
    const found = value === '' ? name : `${name}=${value}`
    return [{ key: name, source, found, expected, fix: `# delete ${name} (${source})` }]
  })
}

function whyNot(name: string, value: string): string | undefined {
  if (name === '--insecure-http-parser')
    return 'nothing: it lets malformed requests in, which the service may read in another way'
  if (name === '--security-revert') return 'nothing: it brings a fixed vulnerability back'
  const isInspector = /^--(?:inspect|debug)(?:-brk|-wait|-port)?$/.test(name)
  return isInspector && !isLoopback(value)
    ? 'a loopback address: anyone who reaches the debugger controls the gate'
    : undefined
}

/** `[host:]port` or a host alone, as Node.js reads them. Without a host Node.js takes 127.0.0.1. */
function isLoopback(address: string): boolean {
  const host = address.replace(/(?:^|:)\d+$/, '')
  return host === '' || isLoopbackHost(host)
}

function readFlags(words: readonly string[]): readonly Flag[] {
  return words.map((word, index) => {
    const [, text = '', inline] = /^([^=]*)(?:=(.*))?$/s.exec(word) ?? []
    const name = text.replaceAll('_', '-')
    // Only a flag that ends in `-port` takes the next word as its value. `--inspect` has a value only after `=`.
    const value = inline ?? (name.endsWith('-port') ? words[index + 1] : undefined)
    return { name, value: value ?? '' }
  })
}

/** Splits as Node.js does: a word may be quoted, in whole or in part. */
function splitWords(text: string): readonly string[] {
  return (text.match(/(?:"(?:\\.|[^"\\])*"|[^\s"])+/g) ?? []).map((word) => word.replaceAll('"', ''))
}

/** Without it anyone between the gate and the key endpoint could give the gate keys, and so forge tokens. */
function refuseUncheckedTls(value: string | undefined): readonly ConfigIssue[] {
  if (value !== '0') return []
  const key = 'NODE_TLS_REJECT_UNAUTHORIZED'
  const expected =
    'not set: keys come over verified TLS only; put a certificate authority of your own into NODE_EXTRA_CA_CERTS'
  return [{ key, source: `environment ${key}`, found: value, expected, fix: `unset ${key}` }]
}
