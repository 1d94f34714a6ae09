/** Which keys a configuration has, at a start and over a reload. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { FaultError } from '../../src/errors.ts'
import { compileIdentitySigner, type IdentitySigner } from '../../src/identity-token/identity-token.ts'
import { makePrivateKey, readSigningKeys } from '../../src/identity-token/signing-keys.ts'
import { createConfig } from '../helpers/runtime.ts'

const folder = mkdtempSync(join(tmpdir(), 'cogate-signer-'))
t.teardown(() => rmSync(folder, { recursive: true }))
const keyFile = join(folder, 'keys.pem')
const now = () => 1_000_000

function configWith(changes: object = {}, others: object = {}) {
  const { identityToken } = createConfig()
  return createConfig({
    publicUrl: 'https://app.example.com/',
    identityToken: { ...identityToken, audience: 'orders', ...changes },
    ...others,
  })
}
type Config = ReturnType<typeof configWith>
const start = (config: Config) => compileIdentitySigner(config, { now, before: undefined })
const follow = (config: Config, before: { readonly config: Config; readonly signer: IdentitySigner }) =>
  compileIdentitySigner(config, { now, before })
const kidsOf = ({ ring }: IdentitySigner) => ring.published(now()).map(({ kid }) => kid)
const [pem, other] = [makePrivateKey('ES256'), makePrivateKey('ES256')]
const kidOf = (text: string) => readSigningKeys(text, 'ES256')[0]?.kid

t.test('a file that cannot be read or holds something else is a fault that shows nothing of it', async (t) => {
  t.throws(() => start(configWith({ keyFile: join(folder, 'nothing') })), FaultError)
  writeFileSync(keyFile, '-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n')
  for (const algorithm of ['ES256', 'EdDSA']) {
    try {
      start(configWith({ keyFile, algorithm }))
      t.fail('it was read')
    } catch (error) {
      t.type(error, FaultError)
      t.notMatch((error as Error).message, /c2VjcmV0|secret/)
    }
  }
})

t.test('a made key, and one that the primary has made, stay while they are asked for', async (t) => {
  const config = configWith()
  const signer = start(config)
  t.equal(follow(config, { config, signer }), signer, 'the same settings are the same signer')
  const changed = follow(configWith({ audience: 'bills' }), { config, signer })
  t.not(changed, signer)
  t.same(kidsOf(changed), kidsOf(signer))
  t.same(kidsOf(start(configWith({ known: pem }))), [kidOf(pem)])
})

t.test('a file in the place of a made key is a rotation, and another algorithm is a start', async (t) => {
  const config = configWith({ known: other })
  const signer = start(config)
  writeFileSync(keyFile, pem)
  const next = configWith({ keyFile })
  const followed = follow(next, { config, signer })
  t.same(kidsOf(followed), [kidOf(pem), kidOf(other)])
  t.equal(followed.ring.signer(now()).kid, kidOf(other))
  const again = follow(next, { config: next, signer: followed })
  t.equal(again, followed)
  const third = follow(configWith({ algorithm: 'EdDSA' }), { config: next, signer: followed })
  t.equal(kidsOf(third).length, 1)
})

t.test('a load balancer signs as the signer, or as the issuer where there is none', async (t) => {
  const alb = { identityHeaders: { ...createConfig().identityHeaders, preset: 'alb' } }
  t.ok(start(configWith({ signer: 'arn:x' }, alb)).linesFor)
  t.ok(start(configWith({ issuer: 'gate' }, alb)).linesFor)
  t.same(start(configWith()).answer('/other'), undefined)
})
