/**
 * Connections to a real Redis: TLS with a private authority, a user with the rights that the documentation names and no other,
 * a database of its own, a full Redis.
 */
import t from 'tap'
import { createKeys } from '../../src/issuer/keys.ts'
import { RedisConnection } from '../../src/redis/connection.ts'
import { StoreAway } from '../../src/redis/store-away.ts'
import { createAuthority, writeFiles } from '../helpers/certificates.ts'
import { findFreePort } from '../helpers/listen.ts'
import { sameOriginFetch, startLoginWorld } from '../helpers/login-world.ts'
import { skipRedis, startRedis } from '../helpers/redis.ts'
import { hourMs } from '../helpers/redis-world.ts'

const keys = createKeys()
const skip = skipRedis
const fetchOptions = { headers: sameOriginFetch }

t.test('rediss: checks the certificate with those of session.redis.caFile, and the name too', { skip }, async (t) => {
  const authority = createAuthority()
  const { cert, key } = authority.issue('127.0.0.1')
  const files = writeFiles(t, { 'ca.pem': authority.ca, 'cert.pem': cert, 'key.pem': key })
  const port = await findFreePort()
  const tls = ['--tls-cert-file', files['cert.pem'], '--tls-key-file', files['key.pem'], '--tls-ca-cert-file']
  await startRedis(t, ['--tls-port', `${port}`, '--tls-auth-clients', 'no', ...tls, files['ca.pem']])
  const ask = async (url: string, caFile?: string) => {
    const redis = new RedisConnection({ url, caFile }, { onState: () => undefined })
    return redis.run((client) => client.ping()).finally(() => redis.close())
  }
  t.equal(await ask(`rediss://127.0.0.1:${port}`, files['ca.pem']), 'PONG')
  await t.rejects(ask(`rediss://127.0.0.1:${port}`), { name: 'StoreAway', message: /certificate/ })
  await t.rejects(ask(`rediss://localhost:${port}`, files['ca.pem']), { name: 'StoreAway', message: /altnames/ })
  await t.rejects(ask(`redis://127.0.0.1:${port}`), StoreAway)
})

t.test('the rights of the documentation are enough, and no password is in the log', { skip }, async (t) => {
  const rights = '~cogate:* +ping +info +select +hmget +hget +hset +exists +pexpire +sadd +get +set +del +eval'
  const redis = await startRedis(t)
  await redis.client.acl('SETUSER', 'cogate', 'on', '>p@ss:word/1', 'resetkeys', '-@all', ...rights.split(' '))
  const url = `redis://cogate:p%40ss%3Aword%2F1@127.0.0.1:${redis.port}/3`
  const env = { COGATE_SESSION_STORE: 'redis', COGATE_SESSION_REDIS_URL: url }
  const { openBrowser, clock, issuer, gate } = await startLoginWorld(t, { keys, env })
  const browser = openBrowser()
  t.equal((await browser.open('/')).status, 200)
  await redis.client.select(3)
  t.equal(await redis.client.dbsize(), 2)
  clock.advance(3 * hourMs)
  t.equal((await browser.fetch('/', fetchOptions)).status, 200)
  t.equal(issuer.login.tokenRequests('refresh_token'), 1)
  const out = await browser.fetch('/_cogate/logout', { method: 'POST', headers: { 'sec-fetch-site': 'same-origin' } })
  t.equal(out.status, 303)
  t.equal(await redis.client.dbsize(), 1)
  await redis.client.acl('DELUSER', 'cogate')
  t.equal(
    (
      await openBrowser()
        .open('/')
        .catch(() => ({ status: 0 }))
    ).status,
    503,
  )
  await gate.logged(({ msg }) => msg === 'session store away')
  t.notMatch(JSON.stringify(gate.lines), /p@ss|p%40ss/)
})

t.test('a Redis that is full takes no new session, and those that are there go on', { skip }, async (t) => {
  const redis = await startRedis(t)
  const env = { COGATE_SESSION_STORE: 'redis', COGATE_SESSION_REDIS_URL: redis.url }
  const { openBrowser, gate } = await startLoginWorld(t, { keys, env })
  const browser = openBrowser()
  await browser.open('/')
  await redis.client.config('SET', 'maxmemory', '1')
  const page = await openBrowser().open('/')
  t.equal(page.status, 503)
  t.match(await gate.logged(({ msg }) => msg === 'session store away'), { detail: /OOM/ })
  t.equal((await browser.fetch('/', fetchOptions)).status, 200)
  await redis.client.config('SET', 'maxmemory', '0')
  t.equal((await openBrowser().open('/')).status, 200)
})
