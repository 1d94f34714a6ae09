/**
 * Rules about files: they exist, hold what their key says and belong together. An issue names the file and never shows
 * what is in it.
 */
import type { KeyObject } from 'node:crypto'
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { join } from 'node:path'
import type { UpstreamConfig } from '../config.ts'
import { faultOf } from '../read/file-layer.ts'
import type { KeyPath } from '../table/key.ts'
import type { RuleContext } from './rule.ts'
import { servicesOf } from './rules-upstreams.ts'

const PRIVATE_KEYS = /-----BEGIN (?:EC )?PRIVATE KEY-----[\s\S]+?-----END (?:EC )?PRIVATE KEY-----/g
const CERTIFICATE = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g

export function checkFiles(context: RuleContext): void {
  const { tls, userPools, session, identityToken, revocation } = context.config
  checkPair({ ...tls }, ['tls'], context)
  parseFile(tls?.clientCaFile, ['tls', 'clientCaFile'], { ...CERTIFICATES, context })
  for (const { path, settings } of servicesOf(context.config)) checkServiceFiles(settings, path, context)
  parseFile(identityToken.keyFile, ['identityToken', 'keyFile'], { ...signingKeys(identityToken.algorithm), context })
  parseFile(session.redis.caFile, ['session', 'redis', 'caFile'], { ...CERTIFICATES, context })
  parseFile(revocation.redis.caFile, ['revocation', 'redis', 'caFile'], { ...CERTIFICATES, context })
  checkRedisFiles(context)
  checkPages(context)
  for (const [index, pool] of userPools.entries()) {
    parseFile(pool.jwksFile, ['userPools', index, 'jwksFile'], { ...KEY_SET, context })
  }
}

/** Without a file of its own the folder would change nothing. What is in the files is theirs. */
function checkPages({ config, readFile, report }: RuleContext): void {
  const { dir } = config.login.pages
  if (dir === undefined) return
  const faults = ['page.html', 'page.css'].map((name) => tryRead(join(dir, name), readFile))
  if (faults.some((fault) => fault === undefined)) return
  const expected = 'a folder with a page.html, a page.css or both, which can be read'
  const found = `${dir}, whose page.html ${faults[0]}`
  report({ path: ['login', 'pages', 'dir'], expected, found, line: '# name a folder that holds page.html or page.css' })
}

function tryRead(file: string, readFile: RuleContext['readFile']): string | undefined {
  try {
    readFile(file)
    return undefined
  } catch (error) {
    return faultOf(error)
  }
}

function checkRedisFiles(context: RuleContext): void {
  const { caFile, usernameFile, passwordFile } = context.config.redis ?? {}
  parseFile(caFile, ['redis', 'caFile'], { ...CERTIFICATES, context })
  parseFile(usernameFile, ['redis', 'usernameFile'], { ...ONE_LINE, context })
  parseFile(passwordFile, ['redis', 'passwordFile'], { ...ONE_LINE, context })
}

function checkServiceFiles({ tls, headerFiles = {} }: UpstreamConfig, path: KeyPath, context: RuleContext): void {
  checkPair(tls, [...path, 'tls'], context)
  parseFile(tls.caFile, [...path, 'tls', 'caFile'], { ...CERTIFICATES, context })
  for (const [name, files] of Object.entries(headerFiles)) {
    for (const file of files) parseFile(file, [...path, 'headerFiles', name], { ...HEADER_VALUE, context })
  }
}

interface Pair {
  readonly certFile?: string
  readonly keyFile?: string
  readonly clientCaFile?: string
}

function checkPair({ certFile, keyFile, clientCaFile }: Pair, path: KeyPath, context: RuleContext): void {
  if ((certFile ?? keyFile ?? clientCaFile) === undefined) return
  if (certFile === undefined) reportHalf([...path, 'certFile'], '/etc/cogate/tls.crt', context)
  if (keyFile === undefined) reportHalf([...path, 'keyFile'], '/etc/cogate/tls.key', context)
  const certificate = parseFile(certFile, [...path, 'certFile'], { ...CERTIFICATES, context })
  const key = parseFile(keyFile, [...path, 'keyFile'], { ...PRIVATE_KEY, context })
  if (!certificate || !key || certificate.checkPrivateKey(key)) return
  const expected = `the private key of ${certFile}; this one belongs to another certificate`
  context.report({ path: [...path, 'keyFile'], expected, line: `# name the key of ${certFile}` })
}

function reportHalf(path: KeyPath, write: string, { report }: RuleContext): void {
  report({ path, expected: 'both certFile and keyFile: one without the other has no effect', found: 'nothing', write })
}

interface Content<T> {
  readonly what: string
  /** Throws when the text is not what belongs in the file. */
  readonly parse: (text: string) => T
}

const CERTIFICATES: Content<X509Certificate> = { what: 'PEM certificates', parse: parseCertificates }
const PRIVATE_KEY: Content<KeyObject> = {
  what: 'a PEM private key, not encrypted',
  parse: (text) => createPrivateKey(text),
}
const CURVES = { ES256: 'prime256v1', EdDSA: undefined } as const
const KEY_TYPES = { ES256: 'ec', EdDSA: 'ed25519' } as const

/** As the gate reads them. */
function signingKeys(algorithm: 'ES256' | 'EdDSA'): Content<true> {
  const what = `PEM private keys of ${algorithm === 'ES256' ? 'P-256' : 'Ed25519'}, not encrypted`
  const fits = (block: string) => {
    const { asymmetricKeyType, asymmetricKeyDetails } = createPrivateKey(block)
    return asymmetricKeyType === KEY_TYPES[algorithm] && asymmetricKeyDetails?.namedCurve === CURVES[algorithm]
  }
  return {
    what,
    parse(text) {
      const blocks = text.match(PRIVATE_KEYS) ?? []
      if (blocks.length === 0 || !blocks.every(fits)) throw new Error('no such keys')
      return true
    },
  }
}

const HEADER_VALUE: Content<true> = { what: 'one line of visible ASCII characters', parse: parseHeaderValue }
const ONE_LINE: Content<true> = { what: 'one line', parse: parseLine }
const KEY_SET: Content<object> = { what: 'a JSON Web Key Set with at least one key', parse: parseKeySet }

function parseFile<T>(
  file: string | undefined,
  path: KeyPath,
  { what, parse, context }: Content<T> & { readonly context: RuleContext },
): T | undefined {
  if (file === undefined) return undefined
  const text = readOrReport(file, path, context)
  if (text === undefined) return undefined
  try {
    return parse(text)
  } catch {
    context.report({
      path,
      expected: `a file that holds ${what}`,
      found: `${file}, which holds something else`,
      line: `# name a file that holds ${what}`,
    })
    return undefined
  }
}

function readOrReport(file: string, path: KeyPath, { readFile, report }: RuleContext): string | undefined {
  try {
    return readFile(file)
  } catch (error) {
    report({
      path,
      expected: 'a file that exists and can be read',
      found: `${file}, which ${faultOf(error)}`,
      line: '# name a file that is there, or let this user read it',
    })
    return undefined
  }
}

/** The first certificate, which is the server's or client's own. Throws when any of them cannot be parsed. */
function parseCertificates(text: string): X509Certificate {
  const [first] = (text.match(CERTIFICATE) ?? []).map((block) => new X509Certificate(block))
  if (!first) throw new Error('no certificate')
  return first
}

function parseHeaderValue(text: string): true {
  if (!/^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?\r?\n?$/.test(text)) throw new Error('no header value')
  return true
}

function parseLine(text: string): true {
  if (!/^[^\r\n]+\r?\n?$/.test(text)) throw new Error('no line')
  return true
}

function parseKeySet(text: string): object {
  const set: unknown = JSON.parse(text)
  if (typeof set !== 'object' || set === null || !('keys' in set)) throw new Error('no keys')
  if (!Array.isArray(set.keys) || set.keys.length === 0) throw new Error('no keys')
  return set
}
