import { createHash, createHmac } from 'node:crypto'
import t from 'tap'
import type { Config } from '../../src/config/config.ts'
import { mintAccessToken } from '../../src/issuer/tokens.ts'
import { loggedSubject, verifyToken } from '../../src/tokens/verify.ts'
import { createReadyRuntime } from '../helpers/runtime.ts'

t.test('says of the caller what is configured: nothing, a hash or the subject', async (t) => {
  t.equal(loggedSubject('alice', 'none'), undefined)
  t.equal(loggedSubject('alice', 'plain'), 'alice')
  t.equal(loggedSubject('alice', 'hashed'), createHash('sha256').update('alice').digest('hex').slice(0, 16))
  const keyed = createHmac('sha256', 'secret').update('alice').digest('hex').slice(0, 16)
  t.equal(loggedSubject('alice', 'hashed', 'secret'), keyed)
  t.equal(loggedSubject('alice', 'plain', 'secret'), 'alice')
  t.not(loggedSubject('bob', 'hashed'), loggedSubject('alice', 'hashed'))
})

t.test('is part of what is verified, and nothing where no access line is written', async (t) => {
  const nameIn = async (log: Partial<Config['log']>) => {
    const world = await createReadyRuntime({
      log: { level: 'silent', access: true, subject: 'hashed', audit: 'none', ...log },
    })
    const verified = verifyToken(world.runtime.verifier, mintAccessToken(world.mint), world.clock.now())
    if (verified instanceof Promise || verified.kind !== 'verified') throw new Error('refused')
    return { name: verified.loggedSubject, subject: verified.subject, ids: verified.ids }
  }
  t.match((await nameIn({})).name, /^[0-9a-f]{16}$/)
  const plain = await nameIn({ subject: 'plain' })
  t.equal(plain.name, plain.subject)
  t.equal((await nameIn({ subject: 'none' })).name, undefined)
  t.equal((await nameIn({ access: false })).name, undefined)
  t.match((await nameIn({ access: false, audit: 'stdout' })).name, /^[0-9a-f]{16}$/)
})

t.test('the ids of a token are kept for an audit log only, and only where they are texts', async (t) => {
  const idsOf = async (audit: string, claims: Record<string, unknown> = {}) => {
    const world = await createReadyRuntime({ log: { level: 'silent', access: true, subject: 'hashed', audit } })
    const token = mintAccessToken(world.mint, { claims })
    const verified = verifyToken(world.runtime.verifier, token, world.clock.now())
    if (verified instanceof Promise || verified.kind !== 'verified') throw new Error('refused')
    return verified.ids
  }
  t.equal(await idsOf('none'), undefined)
  t.same(await idsOf('stdout', { jti: 'j', origin_jti: 'o' }), { jti: 'j', origin: 'o' })
  t.same(await idsOf('stdout', { jti: 7, origin_jti: [] }), { jti: undefined, origin: undefined })
})
