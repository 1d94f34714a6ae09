/**
 * The parts of the walk that are timed, set up as a gate sets them up: from a configuration, with keys in memory. Opens
 * no socket.
 */
import { loadConfig } from '../../src/config/load.ts'
import { decide } from '../../src/decide/decide.ts'
import { readPath } from '../../src/decide/path.ts'
import { compileRuntime, type Runtime } from '../../src/decide/runtime.ts'
import { compileForwardAuth } from '../../src/forward-auth/forward-auth.ts'
import { createPeer } from '../../src/headers/forwarded.ts'
import { readFields } from '../../src/headers/head-fields.ts'
import { upstreamHeaders } from '../../src/headers/request.ts'
import { createKeys, type Keys } from '../../src/issuer/keys.ts'
import { type MintContext, mintAccessToken } from '../../src/issuer/tokens.ts'
import type { Verified } from '../../src/tokens/verified.ts'
import { verifyToken } from '../../src/tokens/verify.ts'
import { pathAmong } from '../contenders/cogate.ts'
import type { MicroCase } from './measure.ts'
import { nastyTargetCases } from './nasty-targets.ts'

const POOL_ID = 'eu-west-1_BenchPool1'
const CLIENT_ID = 'benchclient'
const ISSUER = `https://cognito-idp.eu-west-1.amazonaws.com/${POOL_ID}`
const COLD_TOKENS = 200
const HOT_TOKENS = 1000

export async function cases(): Promise<readonly MicroCase[]> {
  const keys = createKeys()
  const tokens = mintTokens({ keys, issuer: ISSUER, clientId: CLIENT_ID, now: Date.now }, HOT_TOKENS)
  const now = Date.now()
  return [
    ...(await tokenCases(keys, tokens, now)),
    ...(await matcherCases(keys)),
    ...pathCases(),
    ...(await headerCases(keys, tokens, now)),
    ...(await questionCases(keys, tokens, now)),
    ...nastyTargetCases,
  ]
}

async function tokenCases(keys: Keys, tokens: readonly string[], now: number): Promise<readonly MicroCase[]> {
  const cold = await compile(keys, { COGATE_TOKEN_CACHE_MAX_ENTRIES: '1' })
  const hot = await compile(keys)
  for (const token of tokens) expectVerified(verifyToken(hot.verifier, token, now))
  const head = (token: string) => ({
    httpVersion: '1.1',
    method: 'GET',
    url: '/orders/17',
    fields: readFields(['Host', 'api.example.com', 'Authorization', `Bearer ${token}`]),
  })
  const heads = tokens.map(head)
  return [
    {
      name: 'verify, token not seen before',
      call: (n) => verifyToken(cold.verifier, tokens[n % COLD_TOKENS] ?? '', now),
    },
    {
      name: `verify, token in the cache (${HOT_TOKENS} in rotation)`,
      call: (n) => verifyToken(hot.verifier, tokens[n % HOT_TOKENS] ?? '', now),
    },
    {
      name: 'decide: the whole walk, token in the cache',
      call: (n) => decide(hot, heads[n % HOT_TOKENS] ?? head(''), now),
    },
  ]
}

async function matcherCases(keys: Keys): Promise<readonly MicroCase[]> {
  return Promise.all(
    [1, 100, 1000].map(async (count) => {
      const rules = Array.from({ length: count }, (_, n) => ({ path: `/service-${n}/items/*` }))
      const { match } = await compile(keys, { COGATE_ROUTES: JSON.stringify(rules) })
      const path = readPath(pathAmong(count))
      if (typeof path === 'string') throw new Error('the path is ambiguous')
      return { name: `match, ${count} routes`, call: () => match('GET', 'api.example.com', path) }
    }),
  )
}

function pathCases(): readonly MicroCase[] {
  return [
    { name: 'path, plain', call: () => readPath('/orders/17/items?page=2') },
    { name: 'path, upper case and escapes', call: () => readPath('/Orders/%C3%A4/Items?page=2') },
  ]
}

async function headerCases(keys: Keys, tokens: readonly string[], now: number): Promise<readonly MicroCase[]> {
  const { verifier, headers } = await compile(keys)
  const caller = expectVerified(verifyToken(verifier, tokens[0] ?? '', now))
  const rawHeaders = ['Host', 'api.example.com', 'User-Agent', 'curl/8', 'Accept', '*/*', 'Authorization', 'Bearer x']
  const peer = createPeer({ address: '127.0.0.1', encrypted: false, localPort: 8181 })
  const facts = { fields: readFields(rawHeaders), peer, caller, requestId: '0b5e4c1e-9f6c-4c43-8ab6-6a1c1d7c2a55' }
  const claims = {
    sub: caller.subject,
    iss: POOL_ID,
    token_use: 'access',
    exp: 1,
    username: 'alice',
    client_id: CLIENT_ID,
  }
  return [
    { name: 'upstream headers', call: () => upstreamHeaders(headers, facts) },
    { name: 'identity headers of a new token', call: () => headers.identity.linesFor(caller.token, claims) },
  ]
}

/** What another proxy asks costs this much, besides reading the request and writing the answer. */
async function questionCases(keys: Keys, tokens: readonly string[], now: number): Promise<readonly MicroCase[]> {
  const runtime = await compile(keys, { COGATE_FORWARDED_TRUST: '127.0.0.1' })
  const forwardAuth = compileForwardAuth('/_cogate', runtime)
  const askings = tokens.map((token) => ({
    httpVersion: '1.1' as const,
    method: 'GET',
    url: '/_cogate/ext-authz/orders/17',
    fields: readFields(['Host', 'api.example.com', 'Authorization', `Bearer ${token}`]),
    address: '127.0.0.1',
  }))
  const allowed = expectVerified(verifyToken(runtime.verifier, tokens[0] ?? '', now))
  const asking = (n: number) => askings[n % HOT_TOKENS] ?? expectOne(askings)
  const ask = (n: number) => {
    const question = forwardAuth.read(asking(n))
    if (typeof question === 'string') throw new Error(question)
    return question
  }
  return [
    { name: 'forward-auth: the question', call: ask },
    { name: 'forward-auth: the verdict', call: (n) => forwardAuth.decide(ask(n), now) },
    {
      name: 'forward-auth: the lines',
      call: () => forwardAuth.linesFor(allowed, undefined),
    },
  ]
}

function expectOne<T>([first]: readonly T[]): T {
  if (first === undefined) throw new Error('there is none')
  return first
}

async function compile(keys: Keys, env: Readonly<Record<string, string>> = {}): Promise<Runtime> {
  const basics = { COGATE_USER_POOL_ID: POOL_ID, COGATE_CLIENT_ID: CLIENT_ID, COGATE_UPSTREAM: 'http://127.0.0.1:1' }
  const { config } = loadConfig({ argv: [], env: { ...basics, ...env } })
  const runtime = compileRuntime(config, {
    fetchKeys: () => Promise.resolve(Buffer.from(JSON.stringify(keys.jwks()))),
    now: Date.now,
    random: () => 1,
    onKeyEvent: () => {},
  })
  await runtime.jwks.refreshDue()
  return runtime
}

function mintTokens(context: MintContext, count: number): readonly string[] {
  return Array.from({ length: count }, (_, n) =>
    mintAccessToken(context, {
      username: `user-${n}`,
      groups: ['orders-readers', 'billing-viewers', `tenant-${n % 97}`],
      scope: 'openid profile email orders/read orders/write',
    }),
  )
}

function expectVerified(verification: ReturnType<typeof verifyToken>): Verified {
  if (verification instanceof Promise || verification.kind !== 'verified') throw new Error('the token was refused')
  return verification
}
