/**
 * Attack: a verifier that is not one, by a dependency that was tampered with or updated, or by a broken crypto library.
 * A green run proves that a gate whose verifier accepts a forgery, or refuses what is good, does not start.
 */
import t from 'tap'
import { runCogate } from '../helpers/cogate-process.ts'
import { offline } from '../helpers/offline.ts'
import { preload } from '../helpers/preload.ts'

/** A module of Node.js with one function replaced, for whoever imports it by name too. */
function replace(name: string, body: string): string {
  return `import crypto from 'node:crypto'
    import { syncBuiltinESMExports } from 'node:module'
    crypto.${name} = ${body}
    syncBuiltinESMExports()`
}

const sabotages = {
  'signatures that are always right': [
    replace('verify', '() => true'),
    /a token that was altered is verified, not signature_invalid/,
  ],
  'signatures that are never right': [
    replace('verify', '() => false'),
    /a token that is good is signature_invalid, not verified/,
  ],
} as const

for (const [what, [script, complaint]] of Object.entries(sabotages)) {
  for (const command of ['start', 'check']) {
    t.test(`${command} with ${what} exits 1 in one line that says which token`, async (t) => {
      const { code, stderr } = await runCogate(t, [command], { env: { ...offline, ...preload(script) } })
      t.equal(code, 1)
      t.match(stderr, /^cogate: the token verifier fails its self-test: .+\n$/)
      t.match(stderr, complaint)
    })
  }
}

t.test('several workers do not start either', async (t) => {
  const [script] = sabotages['signatures that are always right']
  const env = { ...offline, ...preload(script), COGATE_WORKERS: '2' }
  const { code, stdout, stderr } = await runCogate(t, ['start'], { env })
  t.equal(code, 1)
  t.match(stderr, /^cogate: the token verifier fails its self-test: .+\n$/)
  t.notMatch(stdout, '"listening"')
})
