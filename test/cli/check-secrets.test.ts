/** What `cogate check` never prints, whatever is put where something else belongs. */
import t from 'tap'
import { runCogate } from '../helpers/cogate-process.ts'
import { startTestIssuer } from '../helpers/issuer.ts'

const clientId = '7h57kf5cf8b6sl9rexample'
const nowhere = 'http://127.0.0.1:1'

function variables(jwksUri: string, upstream: string): Record<string, string> {
  return {
    COGATE_USER_POOL_ID: 'eu-west-1_AbCdEfGhI',
    COGATE_CLIENT_ID: clientId,
    COGATE_USER_POOL_JWKS_URI: jwksUri,
    COGATE_UPSTREAM: upstream,
  }
}

const secret = '1example2client3secret4example5client6secret7exampl'

for (const [what, env, hidden] of [
  ['a client secret given as client id', { COGATE_CLIENT_ID: secret }, secret],
  ['a client secret behind a client id', { COGATE_CLIENT_ID: `${clientId},${secret}` }, secret],
  ['a password in the upstream URL', { COGATE_UPSTREAM: 'http://user:hunter2@127.0.0.1:8080' }, 'hunter2'],
  ['a password in the JWKS URI', { COGATE_USER_POOL_JWKS_URI: 'https://user:hunter2@keys.example.com/' }, 'hunter2'],
] as const) {
  t.test(`${what} is never printed`, async (t) => {
    const base = variables(`${nowhere}/jwks.json`, nowhere)
    const { stdout, stderr } = await runCogate(t, ['check', '--offline'], { env: { ...base, ...env } })
    t.not(stdout + stderr, '')
    t.notOk((stdout + stderr).includes(hidden))
  })
}

t.test('a token given where a client id belongs is never printed', async (t) => {
  const issuer = await startTestIssuer(t)
  const token = issuer.mintAccessToken()
  const env = { ...variables(`${nowhere}/jwks.json`, nowhere), COGATE_CLIENT_ID: token }
  const { code, stdout, stderr } = await runCogate(t, ['check', '--offline'], { env })
  t.equal(code, 64)
  t.match(stderr, /^userPools\[0\]\.clientIds\[0\] /m)
  for (const part of token.split('.')) t.notOk((stdout + stderr).includes(part.slice(0, 20)))
})
