/**
 * Wycheproof's vectors for JWS and JWK, each with its key published by the pool. Their payloads are no claims, so as
 * tokens all are refused; what is compared is the verdict on header, key and signature, by the code that verifies
 * tokens. A green run proves that nothing passes but RS256 under a usable key with the right signature.
 */
import t, { type Test } from 'tap'
import { createKeys, type Keys } from '../../src/issuer/keys.ts'
import { decodeCompact, refuseHeader } from '../../src/tokens/compact.ts'
import { isSignedBy } from '../../src/tokens/signature.ts'
import { verifyToken } from '../../src/tokens/verify.ts'
import { checkJudged, type Difference, readCaseLines, readJudgements } from '../helpers/judged.ts'
import { createReadyRuntime, type TestRuntime, testIssuer } from '../helpers/runtime.ts'

interface Vector {
  readonly id: string
  readonly comment: string
  readonly result: 'valid' | 'invalid'
  readonly jws: string
  /** One key, or a set of keys. */
  readonly jwk: { readonly keys?: readonly unknown[] }
}

const keys = createKeys()

/** A runtime whose pool publishes the keys of the vector and no other. */
function createWorld({ jwk }: Vector): Promise<TestRuntime> {
  const published = { keys: jwk.keys ?? [jwk] } as unknown as ReturnType<Keys['jwks']>
  return createReadyRuntime({ keys: { ...keys, jwks: () => published } })
}

/** `{}`: no vector has claims, so its payload is put in where the signature is looked at. */
const anyPayload = 'e30'

function judge({ runtime, clock }: TestRuntime, jws: string): string {
  const [header, payloadB64, signature, ...more] = jws.split('.')
  if (payloadB64 === undefined || signature === undefined || more.length > 0) return 'token_malformed'
  const compact = decodeCompact([header, anyPayload, signature].join('.'), runtime.verifier.scratch)
  if (compact === undefined) return 'token_malformed'
  const refused = refuseHeader(compact.header)
  if (refused !== undefined) return refused
  const found = runtime.verifier.issuers.get(testIssuer)?.keys.find(String(compact.header.kid), clock.now())
  if (found?.kind !== 'found') return 'key_unknown'
  return isSignedBy(found.key.publicKey, { signed: `${header}.${payloadB64}`, signature }, runtime.verifier.scratch)
    ? 'accepted'
    : 'signature_invalid'
}

async function runVector(t: Test, vector: Vector): Promise<readonly Difference[]> {
  const world = await createWorld(vector)
  const whole = await verifyToken(world.runtime.verifier, vector.jws, world.clock.now())
  t.equal(whole.kind, 'rejected', 'no vector is a token')
  const verdict = judge(world, vector.jws)
  if ((verdict === 'accepted') === (vector.result === 'valid')) return []
  return [{ id: vector.id, differs: verdict === 'accepted' ? verdict : `refused: ${verdict}` }]
}

async function runVectors(t: Test, file: string, expected: number): Promise<void> {
  const vectors = readCaseLines<Vector>(`${file}.jsonl`)
  const differences: Difference[] = []
  t.equal(vectors.length, expected)
  for (const vector of vectors) {
    t.test(`${vector.id} ${vector.comment}: ${vector.result}`, async (t) => {
      differences.push(...(await runVector(t, vector)))
    })
  }
  t.test('the differences are judged', async (t) => {
    checkJudged(t, differences, readJudgements(`${file}-differences.json`))
  })
}

t.test('signatures: the verdict is that of Wycheproof, or stricter', (t) => runVectors(t, 'wycheproof-jws', 401))

t.test('key sets: the verdict is that of Wycheproof, or judged', (t) => runVectors(t, 'wycheproof-jwk', 26))
