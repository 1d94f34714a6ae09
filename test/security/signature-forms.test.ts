/**
 * Attack: signatures and key sets that are made to fool verifiers, built anew with keys of the day. A green run proves
 * that nothing passes but RS256 under a usable key with the right signature, and that every difference is judged. Where
 * the vectors of Wycheproof lie beside this checkout, the same code judges them too.
 */
import t, { type Test } from 'tap'
import { createKeys, type Keys } from '../../src/issuer/keys.ts'
import { decodeCompact, refuseHeader } from '../../src/tokens/compact.ts'
import { isSignedBy } from '../../src/tokens/signature.ts'
import { verifyToken } from '../../src/tokens/verify.ts'
import { goodPayload } from '../helpers/build-jwt.ts'
import { checkJudged, type Difference, readJudgements } from '../helpers/judged.ts'
import { keyForms } from '../helpers/key-forms.ts'
import { type OtherCaseFile, withOtherCases } from '../helpers/other-cases.ts'
import { paddingForms } from '../helpers/padding-forms.ts'
import { createReadyRuntime, type TestRuntime, testIssuer } from '../helpers/runtime.ts'
import {
  algorithmForms,
  makeFormWorld,
  numberForms,
  type SignatureForm,
  textForms,
} from '../helpers/signature-forms.ts'

const issuerKeys = createKeys()

/** A runtime whose pool publishes these keys and no other. */
function createWorld(published: unknown): Promise<TestRuntime> {
  const jwks = () => published as ReturnType<Keys['jwks']>
  return createReadyRuntime({ keys: { ...issuerKeys, jwks } })
}

const world = makeFormWorld(goodPayload(Math.floor(Date.now() / 1000)))

/** Everything else is right in these. */
const aboutSignature: ReadonlySet<string> = new Set(['padding', 'signature as a number'])

async function runForm(t: Test, { group, name, result, because, build }: SignatureForm): Promise<void> {
  const { jws, keys } = build(world)
  const { runtime, clock } = await createWorld({ keys })
  const verdict = await verifyToken(runtime.verifier, jws, clock.now())
  const isAccepted = verdict.kind !== 'rejected'
  const reason = verdict.kind === 'rejected' ? verdict.reason : 'accepted'
  const isExpected = isAccepted === (result === 'valid')
  t.equal(isExpected, because === undefined, `${group}, ${name}: ${reason}`)
  if (aboutSignature.has(group) && !isAccepted) t.equal(reason, 'signature_invalid')
}

const own = { text: textForms, number: numberForms, padding: paddingForms, algorithm: algorithmForms, key: keyForms }

for (const [name, forms] of Object.entries(own)) {
  t.test(`${forms.length} forms of ours: ${name}`, async (t) => {
    for (const form of forms) await runForm(t, form)
  })
}

interface Vector {
  readonly id: string
  readonly comment: string
  readonly result: 'valid' | 'invalid'
  readonly jws: string
  /** One key, or a set of keys. */
  readonly jwk: { readonly keys?: readonly unknown[] }
}

/** `{}`: the vectors of others have no claims, so their payload is put in where the signature is looked at. */
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

async function runVector(t: Test, { id, jws, jwk, result }: Vector): Promise<readonly Difference[]> {
  const { runtime, ...rest } = await createWorld({ keys: jwk.keys ?? [jwk] })
  const whole = await verifyToken(runtime.verifier, jws, rest.clock.now())
  t.equal(whole.kind, 'rejected', `${id} is no token`)
  const verdict = judge({ runtime, ...rest }, jws)
  if ((verdict === 'accepted') === (result === 'valid')) return []
  return [{ id, differs: verdict === 'accepted' ? verdict : `refused: ${verdict}` }]
}

const others = {
  'wycheproof-jws.jsonl': 'other-signatures-differences.json',
  'wycheproof-jwk.jsonl': 'other-key-sets-differences.json',
} as const satisfies Partial<Record<OtherCaseFile, string>>

for (const [file, judgements] of Object.entries(others)) {
  t.test(`the verdict is that of ${file}, or judged`, (t) =>
    withOtherCases<Vector>(t, file as keyof typeof others, async (vectors) => {
      const differences: Difference[] = []
      for (const vector of vectors) differences.push(...(await runVector(t, vector)))
      checkJudged(t, differences, readJudgements(judgements))
    }),
  )
}
