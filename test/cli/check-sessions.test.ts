/** `cogate check` with sessions in Redis, and no Redis. */
import t from 'tap'
import { runCogate } from '../helpers/cogate-process.ts'

t.test('a session store that is away is found, and its password is not shown', async (t) => {
  const clientId = '7h57kf5cf8b6sl9rexample'
  const env = {
    COGATE_USER_POOL_ID: 'eu-west-1_AbCdEfGhI',
    COGATE_CLIENT_ID: clientId,
    COGATE_USER_POOL_JWKS_URI: 'http://127.0.0.1:1',
    COGATE_UPSTREAM: 'http://127.0.0.1:1',
    COGATE_PUBLIC_URL: 'https://app.example.com',
    COGATE_LOGIN_DOMAIN: 'https://auth.example.com',
    COGATE_LOGIN_CLIENT_ID: clientId,
    COGATE_SESSION_SECRETS: 'a secret for tests that is long enough to be one',
    COGATE_SESSION_STORE: 'redis',
    COGATE_SESSION_REDIS_URL: 'redis://cogate:hunter2@127.0.0.1:1/0',
  }
  const run = await runCogate(t, ['check'], { env })
  t.equal(run.code, 1)
  t.match(
    run.stdout,
    /^FAILED {2}session store redis:\/\/127\.0\.0\.1:1: .*ECONNREFUSED.*; is Redis up, and is the address right\?$/m,
  )
  t.notMatch(run.stdout + run.stderr, /hunter2/)
  const offline = await runCogate(t, ['check', '--offline'], { env })
  t.equal(offline.code, 0)
})
