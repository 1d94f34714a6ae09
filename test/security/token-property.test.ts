/**
 * Attack: a token whose header or claims are any JSON at all, signed or not, sent to make the gate throw, dawdle or take
 * it for another. A green run proves that every token ends in a verified caller or a refusal with a reason.
 */
import fc from 'fast-check'
import t from 'tap'
import { decide } from '../../src/decide/decide.ts'
import { readFields } from '../../src/headers/head-fields.ts'
import { createKeys } from '../../src/issuer/keys.ts'
import { mintAccessToken, mintToken } from '../../src/issuer/tokens.ts'
import { reasons } from '../../src/reasons.ts'
import { createReadyRuntime, testIssuer } from '../helpers/runtime.ts'

const fixed = { seed: 20_261_123, numRuns: 1500 }
const keys = createKeys()
const world = await createReadyRuntime({ keys })
const nowSeconds = Math.floor(world.clock.now() / 1000)

/** `allow`, or the reason; a decision that comes late is none here, for every key is in memory. */
function outcome(token: string): string {
  const head = { method: 'GET', url: '/', fields: readFields(['Host', 'h', 'Authorization', `Bearer ${token}`]) }
  const decision = decide(world.runtime, head, world.clock.now())
  if (decision instanceof Promise) return 'late'
  return decision.kind === 'refuse' ? decision.reason : decision.kind
}

const outcomes: ReadonlySet<string> = new Set(['allow', ...Object.keys(reasons)])

// Names that mean something to JavaScript: an object that has them cannot be made a string.
const hostile = fc.dictionary(
  fc.constantFrom('toString', 'valueOf', '__proto__', 'toJSON', 'then', 'length'),
  fc.jsonValue(),
)
const anything = fc.oneof({ depthSize: 'small' }, fc.jsonValue(), hostile, fc.array(hostile))

const goodHeader = { alg: 'RS256', kid: keys.current('access').kid }
const goodClaims = {
  sub: 'alice',
  iss: testIssuer,
  token_use: 'access',
  client_id: 'client1',
  exp: nowSeconds + 600,
  iat: nowSeconds,
}

/** A good one of which up to two members are anything at all. */
function spoilt(good: Readonly<Record<string, unknown>>, ...further: string[]) {
  const names = fc.constantFrom(...Object.keys(good), ...further)
  return fc
    .dictionary(names, anything, { maxKeys: 2 })
    .map((changes): Record<string, unknown> => ({ ...good, ...changes }))
}

const header = spoilt(goodHeader, 'typ', 'crit', 'zip', 'b64', 'jwk', 'jku')
const payload = spoilt(goodClaims, 'nbf', 'aud', 'scope', 'username', 'cognito:username', 'cognito:groups', 'extra')

t.test('any header and claims, correctly signed, end in a decision', async (t) => {
  let allowed = 0
  const property = fc.property(header, payload, (head, claims) => {
    const verdict = outcome(mintToken(keys.current('access'), claims, head))
    if (verdict !== 'allow') return outcomes.has(verdict)
    allowed++
    return head.alg === 'RS256' && claims.iss === testIssuer && claims.token_use === 'access' && !('crit' in head)
  })
  t.doesNotThrow(() => fc.assert(property, fixed))
  t.ok(allowed > 50, 'some of them are good')
})

t.test('any three parts of base64url that no key signed are refused', async (t) => {
  const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const part = fc.oneof(
    anything.map(encode),
    fc.stringMatching(/^[A-Za-z0-9_=.+/-]{0,40}$/),
    header.map(encode),
    payload.map(encode),
  )
  const property = fc.property(part, part, part, (...parts) => {
    const verdict = outcome(parts.join('.'))
    return verdict !== 'allow' && outcomes.has(verdict)
  })
  t.doesNotThrow(() => fc.assert(property, fixed))
})

t.test('changing any character of a token makes it another, which is refused', async (t) => {
  const token = mintAccessToken(world.mint)
  t.equal(outcome(token), 'allow')
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_=.+/ '
  const property = fc.property(fc.nat(token.length - 1), fc.constantFrom(...alphabet), (at, character) => {
    const changed = token.slice(0, at) + character + token.slice(at + 1)
    return changed === token || outcome(changed) !== 'allow'
  })
  t.doesNotThrow(() => fc.assert(property, fixed))
})

const maxMs = 5

t.test('no forged token of 8 KiB takes more than 5 ms to refuse', async (t) => {
  const size = 5700
  const extras = {
    'deep list': JSON.parse('['.repeat(size / 2) + ']'.repeat(size / 2)),
    'deep object': JSON.parse(`${'{"a":'.repeat(size / 6)}1${'}'.repeat(size / 6)}`),
    'long list': Array.from({ length: size / 2 }, () => 1),
    'long text': 'a'.repeat(size),
    'many names': Object.fromEntries(Array.from({ length: size / 8 }, (_, index) => [`a${index}`, 1])),
  }
  const forger = createKeys()
  for (const [name, extra] of Object.entries(extras)) {
    for (const place of [{ scope: 'x', extra }, { sub: extra }, { iss: extra }, { 'cognito:groups': extra }]) {
      const token = mintToken(forger.current('access'), { ...goodClaims, ...place }, goodHeader)
      const verdict = outcome(token)
      t.ok(verdict !== 'allow' && outcomes.has(verdict), `${name} as ${Object.keys(place)}: ${verdict}`)
      t.ok(fastestMs(() => outcome(token)) < maxMs, `${name} as ${Object.keys(place)} in time`)
    }
  }
})

/** Of several runs, so that a busy machine does not count. */
function fastestMs(run: () => void): number {
  const times = Array.from({ length: 7 }, () => {
    const start = performance.now()
    run()
    return performance.now() - start
  })
  return Math.min(...times)
}
