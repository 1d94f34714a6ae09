/**
 * A program that is run with --expose-gc and the name of a shape. It fills a token cache with tokens of that shape, as
 * requests would, and prints the memory that the cache has counted and the growth of the heap. It judges nothing.
 */
import { randomBytes } from 'node:crypto'
import { createPeer } from '../../src/headers/forwarded.ts'
import { readFields } from '../../src/headers/head-fields.ts'
import type { HeaderRules } from '../../src/headers/request.ts'
import { upstreamHeaders } from '../../src/headers/request.ts'
import { KeyRing } from '../../src/identity-token/key-ring.ts'
import { compileSigner } from '../../src/identity-token/signer.ts'
import { makePrivateKey, readSigningKeys } from '../../src/identity-token/signing-keys.ts'
import { createKeys, type Keys } from '../../src/issuer/keys.ts'
import { mintAccessToken, type UserTokenOptions } from '../../src/issuer/tokens.ts'
import { extractCredential } from '../../src/tokens/extract.ts'
import { verifyToken } from '../../src/tokens/verify.ts'
import { createConfig, createReadyRuntime, type TestRuntime } from '../helpers/runtime.ts'

const maxTokenBytes = 16 * 1024
export const maxBytes = 3 * 1024 ** 2

const word = (length: number) => randomBytes(length).toString('hex').slice(0, length)
const list = <T>(length: number, item: (index: number) => T) => Array.from({ length }, (_, index) => item(index))
const record = (length: number, name: (index: number) => string) =>
  Object.fromEntries(list(length, (index) => [name(index), index % 10]))

/** The name is its only identity header. */
const quoted = 'with a long name, as Grafana has it'

interface Tree {
  readonly [name: string]: Tree | string
}
const tree = (levels: number): Tree =>
  Object.fromEntries(['left', 'middle', 'right'].map((name) => [name, levels === 0 ? word(10) : tree(levels - 1)]))

/** With rules that ask for two claims of it, so that they are kept. */
export const demanded = 'with claims that rules ask for'
const tenants = { path: '/*', auth: 'required', mode: 'enforce', paths: { allow: [] } } as const

export const shapes: Readonly<Record<string, (n: number) => UserTokenOptions>> = {
  plain: (n) => ({ username: `user-${n}`, scope: 'openid profile email api/read api/write' }),
  'with 100 groups': (n) => ({ username: `user-${n}`, groups: list(100, (i) => `team-${i}-${word(8)}`) }),
  'with nested claims of a trigger': (n) => ({
    username: `user-${n}`,
    claims: { tree: tree(4), rights: list(12, (id) => ({ id, name: word(20), isOn: true, weight: id + 0.5 })) },
  }),
  'with names outside Latin-1': (n) => ({
    username: `山田太郎${n}`,
    groups: list(20, (i) => `営業部第${i}課${word(3)}`),
    claims: { name: '山田 太郎 '.repeat(10) + n, address: '東京都千代田区'.repeat(20) + n },
  }),
  'with many tiny claims': (n) => ({ username: `user-${n}`, claims: record(300, (i) => `c${i}`) }),
  'with tiny claims named like no other': (n) => ({
    username: `user-${n}`,
    claims: record(200, () => `x${word(6)}`),
  }),
  'with some of many flags': (n) => ({
    username: `user-${n}`,
    claims: Object.fromEntries(list(100, (i) => [`may-${i}`, true]).filter(() => Math.random() < 0.3)),
  }),
  'with an object named like no other': (n) => ({
    username: `user-${n}`,
    claims: { rights: record(160, () => `x${word(6)}`), more: record(60, () => `x${word(6)}`) },
  }),
  'with empty lists and objects': (n) => ({
    username: `user-${n}`,
    claims: { lists: list(500, () => [[]]), objects: list(500, () => ({})) },
  }),
  'with numbers for names': (n) => ({
    username: `user-${n}`,
    claims: { far: list(60, () => ({ 322: 1 })), wide: list(60, (i) => ({ [i * 997 + n]: 1 })) },
  }),
  [quoted]: (n) => ({ username: `${n}-${word(120)}` }),
  'with many long scopes': (n) => ({ username: `user-${n}`, scope: list(60, () => `api/${word(16)}`).join(' ') }),
  [demanded]: (n) => ({
    username: `user-${n}`,
    claims: { tenant: `tenant-${n}-${word(20)}`, roles: list(5, () => word(12)) },
  }),
  'with fractions': (n) => ({ username: `user-${n}`, claims: { list: list(800, (i) => i / 8 + n) } }),
}

/** With far more spaces before the token than a caller has reason to send. */
const paddedShape = 'with nested claims of a trigger'
export const padded = `${paddedShape}, behind 12 KiB of spaces`

/** With an audit log, for which the ids of a token are kept. */
export const audited = 'plain, with an audit log'

/** With a signed identity, for which names are kept: once for the service, and once as a load balancer writes it. */
export const signed = 'plain, with a signed identity'

const signer = {
  header: 'X-Cogate-Identity',
  issuer: 'https://app.example.com',
  audience: 'orders',
  ttlMs: 60_000,
  algorithm: 'ES256',
  alb: {
    header: 'X-Amzn-Oidc-Data',
    signer: 'arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/web/0',
  },
} as const
const ring = KeyRing.begin(readSigningKeys(makePrivateKey('ES256'), 'ES256'))

function heapBytes(): number {
  for (let round = 0; round < 4; round++) globalThis.gc?.()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

function createWorld(keys: Keys, shape: string): Promise<TestRuntime> {
  const identityHeaders = {
    preset: shape === quoted ? 'grafana' : 'default',
    stripPrefixes: [],
    passToken: true,
    unverifiedEmail: 'drop',
  } as const
  const limits = { ...createConfig().limits, tokenBytes: maxTokenBytes }
  const tokenCache = { maxEntries: 20_000, maxBytes, maxAgeMs: 3_600_000 }
  const audit = shape === audited ? 'stdout' : 'none'
  const log = { level: 'silent', access: true, subject: 'hashed', audit } as const
  const identityToken = { ...createConfig().identityToken, ...(shape === signed && { audience: 'orders' }) }
  const routes = shape === demanded ? [{ ...tenants, claims: { tenant: ['a'], roles: ['b'] } }] : []
  return createReadyRuntime({ keys, limits, identityHeaders, identityToken, tokenCache, log, routes })
}

/** One request as the listener passes it on: the Authorization header is a string with memory of its own. */
function request({ runtime, mint, clock }: TestRuntime, shape: string, n: number): void {
  const names: Readonly<Record<string, string>> = {
    [padded]: paddedShape,
    [audited]: 'plain',
    [signed]: 'plain',
  }
  const options = shapes[names[shape] ?? shape]
  if (options === undefined) throw new RangeError(`no shape is called ${shape}`)
  const space = ' '.repeat(shape === padded ? 12 * 1024 : 1)
  const authorization = Buffer.from(`Bearer${space}${mintAccessToken(mint, options(n))}`).toString('latin1')
  const credential = extractCredential(authorization, maxTokenBytes)
  const caller = credential.kind === 'bearer' && verifyToken(runtime.verifier, credential.token, clock.now())
  if (!caller || caller instanceof Promise || caller.kind !== 'verified') throw new Error('the token was refused')
  const peer = createPeer({ address: '127.0.0.1', encrypted: false, localPort: 80 })
  upstreamHeaders(headersOf(runtime), {
    fields: readFields(['Authorization', authorization]),
    peer,
    caller,
    requestId: 'r',
  })
}

const signing = new WeakMap<object, HeaderRules>()

/** Of a gate that signs identities, where the configuration says so. */
function headersOf({ headers, verifier }: TestRuntime['runtime']): HeaderRules {
  if (verifier.nameCaller === undefined) return headers
  const known = signing.get(headers) ?? { ...headers, signIdentity: compileSigner(signer, { ring, now: Date.now }) }
  signing.set(headers, known)
  return known
}

async function fill(shape: string): Promise<void> {
  const keys = createKeys()
  const warmUp = await createWorld(keys, shape)
  for (let n = 0; n < 60; n++) request(warmUp, shape, n)
  const world = await createWorld(keys, shape)
  const { cache } = world.runtime.verifier
  const before = heapBytes()
  let n = 0
  while (cache.bytes < maxBytes * 0.9) request(world, shape, n++)
  const counted = cache.bytes
  const held = heapBytes() - before
  while (cache.counts().evictions < cache.counts().entries / 2) request(world, shape, n++)
  const flooded = heapBytes() - before
  process.stdout.write(JSON.stringify({ counted, held, flooded }))
}

const [, , shape] = process.argv
if (globalThis.gc && shape) await fill(shape)
