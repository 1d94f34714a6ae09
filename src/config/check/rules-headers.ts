/**
 * Rules about the headers that cogate sets and strips: never one that frames a message, carries credentials or is
 * cogate's own.
 */
import type { UpstreamConfig } from '../config.ts'
import type { KeyPath } from '../table/key.ts'
import type { RuleContext } from './rule.ts'
import { servicesOf } from './rules-upstreams.ts'

/** RFC 9110 section 5.6.2. */
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/

/** Framing, hop by hop (RFC 9110 section 7.6.1), credentials, and `Proxy`, which CGI programs read as HTTP_PROXY. */
const RESERVED: readonly string[] = [
  'authorization',
  'connection',
  'cookie',
  'expect',
  'host',
  'http2-settings',
  'keep-alive',
  'proxy',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-authentication-info',
  'proxy-connection',
  'set-cookie',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]
const RESERVED_PREFIX = 'content-'

/** Headers that cogate writes itself, from the connection and not from a claim. */
const OWN: readonly string[] = [
  'forwarded',
  'via',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-port',
  'x-forwarded-proto',
  'x-request-id',
]

/** Other requests that a request may stand for, which are decided on what the caller sent. */
const DECIDED: readonly string[] = ['destination', 'x-http-method', 'x-http-method-override', 'x-method-override']

export function checkUpstreamHeaders(context: RuleContext): void {
  for (const { path, settings } of servicesOf(context.config)) checkServiceHeaders(settings, path, context)
}

function checkServiceHeaders(settings: UpstreamConfig, parent: KeyPath, context: RuleContext): void {
  const seen = new Map<string, KeyPath>()
  for (const key of ['headers', 'headerFiles'] as const) {
    for (const [name, values] of Object.entries(settings[key] ?? {})) {
      const path = [...parent, key, name]
      checkAdded(name, path, { ...context, seen })
      if (key === 'headers') checkValues(values, path, context)
    }
  }
}

function checkAdded(
  name: string,
  path: KeyPath,
  { config, report, whereIs, seen }: RuleContext & { readonly seen: Map<string, KeyPath> },
): void {
  const canonical = canonicalise(name)
  const first = seen.get(canonical)
  const isReservedHere = canonical !== 'authorization' && isReserved(canonical)
  const problem = { path, found: name, isShown: true } as const
  const line = `# delete ${name}`
  if (!TOKEN.test(name)) report({ ...problem, expected: 'a header name: letters, digits and -', line })
  else if (isReservedHere || isOwn(canonical)) {
    const expected = 'a header that does not frame a message, belong to the connection or come from cogate itself'
    report({ ...problem, expected, line })
  } else if (config.identityHeaders.set?.some((header) => canonicalise(header.name) === canonical)) {
    report({ ...problem, expected: 'a header that identityHeaders.set does not set', line })
  } else if (first) report({ ...problem, expected: `each header once; it is also ${whereIs(first)}`, line })
  else seen.set(canonical, path)
}

function isOwn(canonical: string): boolean {
  return OWN.includes(canonical) || DECIDED.includes(canonical) || canonical.startsWith('sec-websocket-')
}

function checkValues(values: readonly string[], path: KeyPath, { report }: RuleContext): void {
  if (values.every((value) => /^[\x20-\x7e]+$/.test(value))) return
  report({ path, expected: 'a value of visible ASCII characters', line: '# write the value in ASCII' })
}

export function checkIdentityHeaders(context: RuleContext): void {
  checkNames(context)
  checkPrefixes(context)
}

function checkNames({ config, report, whereIs }: RuleContext): void {
  const seen = new Map<string, number>()
  for (const [index, { name }] of (config.identityHeaders.set ?? []).entries()) {
    const path = ['identityHeaders', 'set', index, 'name']
    const canonical = canonicalise(name)
    const first = seen.get(canonical)
    if (!TOKEN.test(name)) report({ path, expected: 'a header name: letters, digits and -', write: 'X-User-Sub' })
    else if (isReserved(canonical) || OWN.includes(canonical)) {
      report({
        path,
        expected: 'a header that does not frame a message, carry credentials or come from cogate itself',
        write: `X-User-${name}`,
      })
    } else if (first !== undefined) {
      const expected = `each header once; an application may read it as ${whereIs(['identityHeaders', 'set', first, 'name'])}`
      report({ path, expected, line: `# delete identityHeaders.set[${index}]` })
    } else seen.set(canonical, index)
  }
}

/** Of the signed identity. Another name of the table would come twice. */
export function checkSignedHeader(name: string, { config, report }: RuleContext): void {
  const path = ['identityToken', 'header']
  const canonical = canonicalise(name)
  const write = 'X-Cogate-Identity'
  if (!TOKEN.test(name)) report({ path, expected: 'a header name: letters, digits and -', write })
  else if (isReserved(canonical) || isOwn(canonical)) {
    const expected = 'a header that does not frame a message, carry credentials or come from cogate itself'
    report({ path, expected, write })
  } else if (config.identityHeaders.set?.some((header) => canonicalise(header.name) === canonical)) {
    report({ path, expected: 'a header that identityHeaders.set does not set', write })
  }
}

function checkPrefixes({ config, report }: RuleContext): void {
  for (const [index, prefix] of config.identityHeaders.stripPrefixes.entries()) {
    const path = ['identityHeaders', 'stripPrefixes', index]
    const problem = { path, write: 'x-internal-' }
    const canonical = canonicalise(prefix)
    const stripped = [...RESERVED, `${RESERVED_PREFIX}*`].find((name) => name.startsWith(canonical))
    if (!TOKEN.test(prefix)) report({ ...problem, expected: 'the beginning of a header name: letters, digits and -' })
    else if (stripped !== undefined)
      report({ ...problem, expected: `a longer prefix; this one would strip ${stripped}` })
    else if (isReserved(canonical)) report({ ...problem, expected: 'a prefix of application headers, not of framing' })
  }
}

function isReserved(canonical: string): boolean {
  return RESERVED.includes(canonical) || canonical.startsWith(RESERVED_PREFIX)
}

/** One text for all names that applications may confuse: CGI, WSGI, Rack and PHP read X_User_Sub as X-User-Sub. */
function canonicalise(name: string): string {
  return name.toLowerCase().replaceAll(/[^a-z0-9]/g, '-')
}
