/**
 * The request that another proxy asks about, read from the headers and the path in which proxies name it. Never takes one of
 * two answers: what is named twice must be named the same.
 */
import type { RequestHead } from '../decide/request-head.ts'
import { readFields } from '../headers/head-fields.ts'
import { textAt } from '../headers/lines.ts'

export interface Question {
  /** Of the request that was asked about. */
  readonly head: RequestHead
  /** The proxy passes a redirect on. Those that send X-Original-* (nginx) know 2xx, 401 and 403 only. */
  readonly passesRedirects: boolean
}

/** nginx and ingress-nginx send the first three, Traefik, Caddy and HAProxy the others. */
const sources = [
  'x-original-url',
  'x-original-uri',
  'x-original-method',
  'x-forwarded-method',
  'x-forwarded-uri',
  'x-forwarded-host',
] as const
type Source = (typeof sources)[number]

const isSource: ReadonlySet<string> = new Set(sources)
/** What the question itself says besides, and what frames its body. */
const own: ReadonlySet<string> = new Set(['host', 'content-length', 'transfer-encoding', 'expect'])

/**
 * `behind` is what follows the path that Envoy asks at: it puts the original target there, and keeps method and Host.
 * Undefined: method or target is missing, or something is named twice and not the same.
 */
export function readQuestion(asking: RequestHead, behind: string): Question | undefined {
  const { fields, address } = asking
  const sorted = sortLines(fields.lines)
  const place = sorted && readUrl(sorted.named['x-original-url'])
  if (sorted === undefined || place === undefined) return undefined
  const { named, rest } = sorted
  const inPath = behind.startsWith('/')
  const method = onlyOf([named['x-original-method'], named['x-forwarded-method'], inPath ? asking.method : undefined])
  const url = onlyOf([place.target, named['x-original-uri'], named['x-forwarded-uri'], inPath ? behind : undefined])
  const hosts = [place.host, named['x-forwarded-host'], inPath ? fields.host : undefined]
  const host = hosts.every((name) => name === undefined) ? fields.host : onlyOf(hosts, bareHost)
  if (method === undefined || url === undefined || host === undefined || !visible.test(url)) return undefined
  const head = { httpVersion: '1.1', method, url, fields: readFields(['Host', host, ...rest]) }
  return {
    head: address === undefined ? head : { ...head, address },
    passesRedirects: named['x-original-method'] === undefined,
  }
}

/** No request line could carry anything else. */
const visible = /^[!-~\x80-\xff]+$/

interface Sorted {
  readonly named: Partial<Record<Source, string>>
  /** What the request that was asked about has besides its Host: name, value, name, value … */
  readonly rest: readonly string[]
}

/** Undefined: one of the sources came twice. */
function sortLines(lines: readonly string[]): Sorted | undefined {
  const named: Partial<Record<string, string>> = {}
  const rest: string[] = []
  for (let i = 0; i < lines.length; i += 2) {
    const name = textAt(lines, i).toLowerCase()
    if (isSource.has(name)) {
      if (named[name] !== undefined) return undefined
      named[name] = textAt(lines, i + 1)
    } else if (!own.has(name)) rest.push(textAt(lines, i), textAt(lines, i + 1))
  }
  return { named, rest }
}

interface Place {
  readonly host: string | undefined
  readonly target: string | undefined
}

/** An absolute URL, or a path alone. Undefined: it is neither. */
function readUrl(text: string | undefined): Place | undefined {
  if (text === undefined) return { host: undefined, target: undefined }
  if (text.startsWith('/')) return { host: undefined, target: text }
  const [, host, target] = /^(?:http|ws)s?:\/\/([^/]*)(\/.*)$/is.exec(text) ?? []
  return host === undefined ? undefined : { host, target }
}

/** The one value that all who name it agree on. */
function onlyOf(
  values: readonly (string | undefined)[],
  form: (value: string) => string = (value) => value,
): string | undefined {
  const [first, ...others] = values.filter((value) => value !== undefined)
  if (first === undefined) return undefined
  return others.every((value) => form(value) === form(first)) ? first : undefined
}

/** Some proxies name the port, and others do not. */
function bareHost(host: string): string {
  return host.toLowerCase().replace(/:\d*$/, '').replace(/\.$/, '')
}
