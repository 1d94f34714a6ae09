/** `cogate check` with a real Redis: reachable, and reached with a wrong password. */
import t from 'tap'
import { runCogate } from '../helpers/cogate-process.ts'
import { gateEnvironment } from '../helpers/gateway.ts'
import { startTestIssuer } from '../helpers/issuer.ts'
import { skipRedis, startRedis } from '../helpers/redis.ts'
import { startUpstream } from '../helpers/upstream.ts'

t.test('it says whether Redis can be used, and shows no password', { skip: skipRedis }, async (t) => {
  const [issuer, upstream, redis] = await Promise.all([
    startTestIssuer(t),
    startUpstream(t),
    startRedis(t, ['--requirepass', 'hunter2']),
  ])
  const check = (password: string) =>
    runCogate(t, ['check'], {
      env: gateEnvironment({
        issuer,
        upstream: upstream.url,
        env: {
          COGATE_PUBLIC_URL: 'https://app.example.com',
          COGATE_LOGIN_DOMAIN: issuer.url,
          COGATE_LOGIN_CLIENT_ID: issuer.clientId,
          COGATE_SESSION_SECRETS: 'a secret for tests that is long enough to be one',
          COGATE_SESSION_STORE: 'redis',
          COGATE_SESSION_REDIS_URL: `redis://:${password}@127.0.0.1:${redis.port}`,
        },
      }),
    })
  const good = await check('hunter2')
  t.match(good.stdout, `ok  session store redis://127.0.0.1:${redis.port}: reachable\n`)
  t.equal(good.code, 0)
  const wrong = await check('hunter3')
  t.match(wrong.stdout, /^FAILED {2}session store redis:\/\/127\.0\.0\.1:\d+: .*(?:WRONGPASS|NOAUTH)/m)
  t.equal(wrong.code, 1)
  t.notMatch(good.stdout + wrong.stdout + wrong.stderr, /hunter/)
})
