/**
 * A certificate authority for one test (X.509 v3, RFC 5280 section 4.1), made on the spot so that no private key is
 * kept in the repository and none expires.
 */
import { generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { isIPv4 } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'

export interface Credentials {
  /** PEM. */
  readonly cert: string
  readonly key: string
}

export interface Authority {
  /** PEM, of the authority itself. */
  readonly ca: string
  /** For these DNS names and IPv4 addresses. */
  issue(...names: readonly string[]): Credentials
  issueExpired(...names: readonly string[]): Credentials
}

const ecdsaWithSha256 = der(0x30, oid('2a8648ce3d040302'))
const nowValid = der(0x30, text(0x17, '200101000000Z'), text(0x17, '491231235959Z'))
const onceValid = der(0x30, text(0x17, '200101000000Z'), text(0x17, '210101000000Z'))

export function createAuthority(name = 'Test CA'): Authority {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const issuer = { name, key: privateKey }
  const isAuthority = extension('551d13', der(0x30, der(0x01, Buffer.from([0xff]))))
  const issue = (names: readonly string[], validity: Buffer): Credentials => {
    const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const [subject = ''] = names
    const extensions = [alternativeNames(names)]
    const cert = certify(issuer, { name: subject, key: pair.publicKey, validity, extensions })
    return { cert, key: pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() }
  }
  return {
    ca: certify(issuer, { name, key: publicKey, validity: nowValid, extensions: [isAuthority] }),
    issue: (...names) => issue(names, nowValid),
    issueExpired: (...names) => issue(names, onceValid),
  }
}

/** Writes files into a directory that goes with the test; returns their paths by name. */
export function writeFiles<T extends Record<string, string>>(t: Test, files: T): { readonly [K in keyof T]: string } {
  const directory = mkdtempSync(join(tmpdir(), 'cogate-test-'))
  t.teardown(() => rmSync(directory, { recursive: true }))
  const paths = Object.entries(files).map(([name, content]) => {
    const path = join(directory, name)
    writeFileSync(path, content)
    return [name, path] as const
  })
  return Object.fromEntries(paths) as { readonly [K in keyof T]: string }
}

interface Subject {
  readonly name: string
  readonly key: KeyObject
  readonly validity: Buffer
  readonly extensions: readonly Buffer[]
}

function certify(issuer: { readonly name: string; readonly key: KeyObject }, subject: Subject): string {
  const serial = Buffer.concat([Buffer.from([1]), randomBytes(8)])
  const body = der(
    0x30,
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, serial),
    ecdsaWithSha256,
    commonName(issuer.name),
    subject.validity,
    commonName(subject.name),
    subject.key.export({ type: 'spki', format: 'der' }),
    der(0xa3, der(0x30, ...subject.extensions)),
  )
  const signature = der(0x03, Buffer.from([0]), sign('sha256', body, issuer.key))
  return toPem(der(0x30, body, ecdsaWithSha256, signature))
}

function commonName(name: string): Buffer {
  return der(0x30, der(0x31, der(0x30, oid('550403'), text(0x0c, name))))
}

function alternativeNames(names: readonly string[]): Buffer {
  const entries = names.map((name) =>
    isIPv4(name) ? der(0x87, Buffer.from(name.split('.').map(Number))) : text(0x82, name),
  )
  return extension('551d11', der(0x30, ...entries))
}

function extension(id: string, value: Buffer): Buffer {
  return der(0x30, oid(id), der(0x04, value))
}

function oid(hex: string): Buffer {
  return der(0x06, Buffer.from(hex, 'hex'))
}

function text(tag: number, value: string): Buffer {
  return der(tag, Buffer.from(value))
}

function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts)
  const { length } = content
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff]
  return Buffer.concat([Buffer.from([tag, ...size]), content])
}

function toPem(bytes: Buffer): string {
  const lines = bytes.toString('base64').match(/.{1,64}/g) ?? []
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n')
}
