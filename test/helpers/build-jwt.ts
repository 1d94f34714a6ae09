/**
 * Tokens as the rows of test/cases/jwt.jsonl describe them: well-formed ones, and every way to break one. Everything is
 * built byte by byte; nothing here validates.
 */
import { constants, createHmac, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'

export const casePoolId = 'eu-west-1_TESTPOOL1'
export const caseClientId = 'client1'
const caseIssuer = `https://cognito-idp.eu-west-1.amazonaws.com/${casePoolId}`

export interface KeyPair {
  readonly privateKey: KeyObject
  readonly publicKey: KeyObject
}

const keyNames = ['K1', 'K2', 'NEW', 'ATT'] as const
export type KeyName = (typeof keyNames)[number]
/** K1 and K2 are the pool's, NEW is the pool's later on, ATT is an attacker's. */
export type CaseKeys = Readonly<Record<KeyName, KeyPair>>

type Members = Readonly<Record<string, unknown>>

/** Of a member in `header` or `payload`, null leaves it out; `{{now+60}}` and `{{CANARY}}` are filled in. */
export interface TokenBuild {
  readonly alg: string
  readonly kid: string
  /** A key name, `NONE`, `KEEP` (the signature of another token), `HS:secret` or `RAW:signature`. */
  readonly key: string
  readonly header?: Members
  readonly payload?: Members
  readonly raw_header?: string
  readonly raw_header_nested?: number
  readonly raw_payload?: string
  readonly raw_payload_patch?: Members
  readonly raw_payload_patch_text?: readonly [name: string, json: string]
  readonly raw_payload_suffix?: string
  readonly raw_payload_bytes?: 'bad-utf8'
  readonly raw_member?: string
  readonly sign_alg?: string
  /** Edits of the finished token, `name:argument`. */
  readonly post?: readonly string[]
}

export interface BuildContext {
  readonly keys: CaseKeys
  /** Seconds since the epoch. */
  readonly now: number
  readonly canaryPort?: number
}

/** Blocks for the time eight primes take. */
export function makeCaseKeys(): CaseKeys {
  return Object.fromEntries(keyNames.map((name) => [name, makeKeyPair()])) as Record<KeyName, KeyPair>
}

export function makeKeyPair(modulusLength = 2048): KeyPair {
  return generateKeyPairSync('rsa', { modulusLength })
}

/** `extra` replaces or adds members; one given as undefined is not published. */
export function publishKey({ publicKey }: KeyPair, kid: string, extra: Members = {}): Members {
  return { ...publicKey.export({ format: 'jwk' }), kid, use: 'sig', alg: 'RS256', ...extra }
}

export function goodPayload(now: number): Members {
  return {
    sub: 'a1b2c3d4-0000-4000-8000-000000000001',
    'cognito:groups': ['users'],
    iss: caseIssuer,
    client_id: caseClientId,
    origin_jti: 'o1',
    event_id: 'e1',
    token_use: 'access',
    scope: 'aws.cognito.signin.user.admin',
    auth_time: now,
    exp: now + 3600,
    iat: now,
    jti: 'j1',
    username: 'alice',
  }
}

export function buildToken(build: TokenBuild, context: BuildContext): string {
  const input = `${encode(writeHeader(build, context))}.${encode(writePayload(build, context))}`
  const token = `${input}.${writeSignature(build, input, context)}`
  return (build.post ?? []).reduce(edit, token)
}

function writeHeader(build: TokenBuild, context: BuildContext): string {
  const depth = build.raw_header_nested
  if (depth !== undefined) return `{"alg":"RS256","kid":"k1","x":${'['.repeat(depth)}${']'.repeat(depth)}}`
  return build.raw_header ?? JSON.stringify(merge({ kid: build.kid, alg: build.alg }, build.header, context))
}

function writePayload(build: TokenBuild, context: BuildContext): Buffer {
  const text = (build.raw_payload ?? writeClaims(build, context)) + (build.raw_payload_suffix ?? '')
  if (build.raw_payload_bytes === undefined) return Buffer.from(text)
  return Buffer.from(text.replace('alice', 'al\xff\xfece'), 'latin1')
}

function writeClaims(build: TokenBuild, context: BuildContext): string {
  const claims = { ...merge(goodPayload(context.now), build.payload, context), ...build.raw_payload_patch }
  const members: string[] = []
  if (build.raw_payload_patch_text) {
    const [name, json] = build.raw_payload_patch_text
    delete claims[name]
    members.push(`${JSON.stringify(name)}:${json}`)
  }
  if (build.raw_member !== undefined) members.push(build.raw_member)
  return `${[JSON.stringify(claims).slice(0, -1), ...members].join(',')}}`
}

function merge(members: Members, changes: Members = {}, context: BuildContext): Record<string, unknown> {
  const merged = { ...members }
  for (const [name, value] of Object.entries(changes)) {
    if (value === null) delete merged[name]
    else merged[name] = fillIn(value, context)
  }
  return merged
}

function fillIn(value: unknown, { now, canaryPort }: BuildContext): unknown {
  if (typeof value !== 'string') return value
  const offset = /^\{\{now([+-]\d+)\}\}$/.exec(value)?.[1]
  return offset === undefined ? value.replaceAll('{{CANARY}}', String(canaryPort)) : now + Number(offset)
}

function writeSignature(build: TokenBuild, input: string, { keys, now }: BuildContext): string {
  const { key, sign_alg: algorithm = 'RS256' } = build
  if (key === 'NONE') return ''
  if (key.startsWith('RAW:')) return key.slice('RAW:'.length)
  if (key.startsWith('HS:')) return signSecret(build, input, keys.K1)
  if (key !== 'KEEP') return signRsa(algorithm, input, keys[toKeyName(key)])
  const other = `${encode(JSON.stringify({ kid: 'k1', alg: 'RS256' }))}.${encode(JSON.stringify(goodPayload(now)))}`
  return signRsa('RS256', other, keys.K1)
}

function toKeyName(text: string): KeyName {
  const name = keyNames.find((each) => each === text)
  if (name === undefined) throw new RangeError(`no key is called ${text}`)
  return name
}

export function signRsa(algorithm: string, input: string, { privateKey: key }: KeyPair): string {
  const hash = `sha${algorithm.slice(2)}`
  const padding = algorithm.startsWith('PS') ? constants.RSA_PKCS1_PSS_PADDING : constants.RSA_PKCS1_PADDING
  return sign(hash, Buffer.from(input), { key, padding }).toString('base64url')
}

/** The forms in which a public key could be mistaken for a secret; any other text is the secret itself. */
const secrets = {
  'pem(K1)': (key) => key.export({ type: 'spki', format: 'pem' }),
  'der(K1)': (key) => key.export({ type: 'spki', format: 'der' }),
  'n(K1)': (key) => Buffer.from(key.export({ format: 'jwk' }).n ?? '', 'base64url'),
} as const satisfies Record<string, (key: KeyObject) => string | Buffer>

function signSecret({ alg, header, key }: TokenBuild, input: string, { publicKey }: KeyPair): string {
  const text = key.slice('HS:'.length)
  const form = Object.entries(secrets).find(([name]) => name === text)?.[1]
  const hash = `sha${String(header?.['alg'] ?? alg).slice(2)}`
  return createHmac(hash, form ? form(publicKey) : text)
    .update(input)
    .digest('base64url')
}

export function encode(content: string | Buffer): string {
  return Buffer.from(content).toString('base64url')
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

type Edit = (token: string, argument: string) => string
const editParts =
  (change: (parts: readonly [header: string, payload: string, signature: string], argument: string) => string): Edit =>
  (token, argument) => {
    const [header = '', payload = '', signature = ''] = token.split('.')
    return change([header, payload, signature], argument)
  }

const edits = {
  append: (token, argument) => token + argument,
  prepend: (token, argument) => argument + token,
  all: (_token, argument) => argument,
  sig: editParts(([header, payload], argument) => `${header}.${payload}.${argument}`),
  pay: editParts(([header, , signature]) => `${header}..${signature}`),
  'sig-cut': (token) => token.slice(0, -1),
  'sig-append': (token, argument) => token + argument,
  'sig-flip': editParts(([header, payload, signature], at) => `${header}.${payload}.${flip(signature, Number(at))}`),
  'pay-flip': editParts(([header, payload, signature], at) => `${header}.${flip(payload, Number(at))}.${signature}`),
  'insert-mid': (token, argument) => token.slice(0, 40) + argument + token.slice(40),
  'sig-std64': editParts(([header, payload, signature]) => `${header}.${payload}.${toStandardBase64(signature)}`),
  'json-general': editParts(([header, payload, signature]) =>
    JSON.stringify({ payload, signatures: [{ protected: header, signature }] }),
  ),
  'uni-dots': (token) => token.replaceAll('.', '\uff0e'),
  'sig-lowbits': (token) => token.slice(0, -1) + alphabet[alphabet.indexOf(token.slice(-1)) | 1],
} as const satisfies Record<string, Edit>

function edit(token: string, instruction: string): string {
  const [name = '', ...argument] = instruction.split(':')
  const change = Object.entries(edits).find(([each]) => each === name)?.[1]
  if (change === undefined) throw new RangeError(`no edit is called ${name}`)
  return change(token, argument.join(':'))
}

function flip(text: string, at: number): string {
  return `${text.slice(0, at)}${text[at] === 'A' ? 'B' : 'A'}${text.slice(at + 1)}`
}

function toStandardBase64(base64url: string): string {
  return Buffer.from(base64url, 'base64url').toString('base64')
}
