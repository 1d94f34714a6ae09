/**
 * The connections of a list of revoked tokens: rights that the documentation names and no others, a password in a file that is
 * changed, what `cogate check` finds, and a reload.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { loadConfig } from '../../src/config/load.ts'
import { runCogate } from '../helpers/cogate-process.ts'
import { gateEnvironment, spawnGate, startTestGate } from '../helpers/gateway.ts'
import { startTestIssuer } from '../helpers/issuer.ts'
import { readMetric } from '../helpers/metrics.ts'
import { skipRedis, startRedis } from '../helpers/redis.ts'
import { startUpstream } from '../helpers/upstream.ts'

const skip = skipRedis
const gateRights = '~cogate:* &cogate:* +ping +info +select +multi +exec +hmget +zrangebyscore +subscribe'
const writerRights =
  '~cogate:* &cogate:* +ping +info +select +eval +hget +hset +hincrby +zremrangebyscore +zscore +zadd +zrange +pexpireat +persist +publish'

async function startWorld(t: Test) {
  const [issuer, upstream, redis] = await Promise.all([startTestIssuer(t), startUpstream(t), startRedis(t)])
  const allow = (user: string, password: string, rights: string) =>
    redis.client.acl('SETUSER', user, 'on', `>${password}`, 'resetkeys', 'resetchannels', '-@all', ...rights.split(' '))
  const under = (env: object) => ({ issuer, upstream: upstream.url, env: { ...env } })
  return { issuer, redis, allow, under }
}

const withPassword = (url: string, user: string, password: string) => url.replace('//', `//${user}:${password}@`)

t.test('the rights of the documentation are enough, and no others are needed', { skip }, async (t) => {
  const { redis, allow, under, issuer } = await startWorld(t)
  await allow('gate', 'one', gateRights)
  await allow('admin', 'two', writerRights)
  const gate = await startTestGate(t, under({ COGATE_REDIS_URL: withPassword(redis.url, 'gate', 'one') }))
  const env = gateEnvironment(under({ COGATE_REVOCATION_REDIS_URL: withPassword(redis.url, 'admin', 'two') }))
  for (const words of [['--for', '1h'], [], ['--for', '48h']]) {
    const run = await runCogate(t, ['revoke', '--username', 'alice', ...words], { env })
    t.match(run.stdout, /heard by 1 process\n$/, run.stderr)
    t.notMatch(run.stdout, /two/)
  }
  const token = issuer.mintAccessToken({ username: 'alice' })
  const answer = await fetch(`http://127.0.0.1:${gate.port}/`, { headers: { authorization: `Bearer ${token}` } })
  t.match(await answer.json(), { code: 'token_revoked' })
  t.notOk(gate.lines.some(({ level }) => Number(level) >= 40))
  t.notMatch(JSON.stringify(gate.lines), /one@|two@/)
  const forbidden = await runCogate(t, ['revoke', '--username', 'bob'], {
    env: gateEnvironment(under({ COGATE_REVOCATION_REDIS_URL: withPassword(redis.url, 'gate', 'one') })),
  })
  t.equal(forbidden.code, 1, 'a gate may not write')
  t.match(forbidden.stderr, /NOPERM/)
})

t.test(
  'without the right to listen the list is asked for, and the log and cogate check say so',
  { skip },
  async (t) => {
    const { redis, allow, under, issuer } = await startWorld(t)
    await allow('deaf', 'one', gateRights.replace('&cogate:* ', ''))
    const env = { COGATE_REDIS_URL: withPassword(redis.url, 'deaf', 'one') }
    const gate = await startTestGate(t, under(env))
    t.match(await gate.logged(({ msg }) => String(msg).startsWith('revocations are not heard')), { detail: /NOPERM/ })
    const token = issuer.mintAccessToken({ username: 'alice' })
    await runCogate(t, ['revoke', '--username', 'alice', '--redis', redis.url])
    await gate.logged(({ msg, entries }) => msg === 'revocations read' && entries === 1)
    const answer = await fetch(`http://127.0.0.1:${gate.port}/`, { headers: { authorization: `Bearer ${token}` } })
    t.match(await answer.json(), { code: 'token_revoked' })
    const check = await runCogate(t, ['check'], { env: gateEnvironment(under(env)) })
    t.match(check.stdout, /^FAILED {2}revocation store redis:\/\/127\.0\.0\.1:\d+: NOPERM/m)
    t.notMatch(check.stdout, /one@/)
    const rates = { COGATE_RATE_LIMIT_STORE: 'redis', COGATE_RATE_LIMIT_PER_SUBJECT: '5/s' }
    const good = await runCogate(t, ['check'], {
      env: gateEnvironment(under({ COGATE_REDIS_URL: redis.url, ...rates })),
    })
    t.match(good.stdout, /^ok {2}rate store redis:\/\/127\.0\.0\.1:\d+: reachable$/m)
    t.match(good.stdout, /^ok {2}revocation store redis:\/\/127\.0\.0\.1:\d+: reachable$/m)
  },
)

t.test('a password in a file is read again for each connection', { skip }, async (t) => {
  const { redis, allow, under, issuer } = await startWorld(t)
  await allow('one', 'first', `${gateRights} ${writerRights}`)
  const folder = t.testdir({ password: 'first\n', user: 'one' })
  const files = {
    COGATE_REDIS_URL: redis.url,
    COGATE_REDIS_USERNAME_FILE: join(folder, 'user'),
    COGATE_REDIS_PASSWORD_FILE: join(folder, 'password'),
  }
  const gate = await startTestGate(t, under(files))
  await gate.logged(({ msg }) => msg === 'revocations read')
  await redis.client.acl('SETUSER', 'one', 'resetpass', '>second')
  writeFileSync(join(folder, 'password'), 'second\n')
  await redis.client.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes')
  await redis.client.call('CLIENT', 'KILL', 'TYPE', 'pubsub')
  const run = await runCogate(t, ['revoke', '--username', 'alice'], { env: gateEnvironment(under(files)) })
  t.equal(run.code, 0, run.stderr)
  await gate.logged(({ msg, entries }) => msg === 'revocations read' && entries === 1)
  const token = issuer.mintAccessToken({ username: 'alice' })
  const answer = await fetch(`http://127.0.0.1:${gate.port}/`, { headers: { authorization: `Bearer ${token}` } })
  t.match(await answer.json(), { code: 'token_revoked' })
  t.notMatch(JSON.stringify(gate.lines), /second/)
})

t.test('a reload of other keys keeps connection and list; another address brings another list', { skip }, async (t) => {
  const { redis, under, issuer } = await startWorld(t)
  await runCogate(t, ['revoke', '--username', 'alice', '--redis', redis.url])
  const options = under({ COGATE_REDIS_URL: redis.url })
  const configOf = (env: object) =>
    loadConfig({ argv: [], env: gateEnvironment({ ...options, env: { ...options.env, ...env } }) }).config
  const gate = await startTestGate(t, options)
  const token = issuer.mintAccessToken({ username: 'alice' })
  const ask = async () => {
    const answer = await fetch(`http://127.0.0.1:${gate.port}/`, { headers: { authorization: `Bearer ${token}` } })
    const text = await answer.text()
    return answer.status === 200 ? 'allowed' : JSON.parse(text).code
  }
  t.equal(await ask(), 'token_revoked')
  const clients = async () =>
    String(await redis.client.client('LIST'))
      .match(/^id=\d+/gm)
      ?.join(' ')
  const before = await clients()
  // What the verifier is made from, too.
  await gate.reload(configOf({ COGATE_AUTH_REALM: 'other', COGATE_TOKEN_CACHE_MAX_AGE: '5m' }))
  t.equal(await clients(), before)
  t.equal(await ask(), 'token_revoked')
  await gate.reload(configOf({ COGATE_REVOCATION_REDIS_PREFIX: 'other:' }))
  t.equal(await ask(), 'allowed', 'the other list was read before the first request')
  await gate.reload(configOf({ COGATE_REDIS_URL: undefined }))
  await gate.reload(configOf({}))
  t.equal(await ask(), 'token_revoked')
  t.equal((await clients())?.split(' ').length, before?.split(' ').length, 'connections that nobody uses are closed')
  await redis.stop()
  await gate.reload(configOf({ COGATE_REVOCATION_MAX_LAG: '1m' }))
  t.equal(await ask(), 'token_revoked', 'what is known stays while Redis is away')
  await redis.start()
  await t.rejects(gate.reload(configOf({ COGATE_USER_POOL_JWKS_URI: 'http://127.0.0.1:1/jwks.json' })))
  t.equal(await ask(), 'token_revoked')
})

t.test('every worker holds the list', { skip }, async (t) => {
  const { redis, under, issuer } = await startWorld(t)
  const gate = await spawnGate(t, under({ COGATE_REDIS_URL: redis.url, COGATE_WORKERS: '2' }))
  const run = await runCogate(t, ['revoke', '--username', 'alice', '--redis', redis.url])
  t.match(run.stdout, /heard by 2 processes\n$/)
  const isRead = ({ msg, entries }: (typeof gate.lines)[number]) => msg === 'revocations read' && entries === 1
  await gate.logged(() => gate.lines.filter(isRead).length === 2)
  const token = issuer.mintAccessToken({ username: 'alice' })
  for (let index = 0; index < 6; index++) {
    const headers = { authorization: `Bearer ${token}`, connection: 'close' }
    const answer = await fetch(`http://127.0.0.1:${gate.port}/`, { headers })
    t.match(await answer.json(), { code: 'token_revoked' })
  }
  t.equal(await readMetric(gate.opsPort, 'cogate_revocation_entries'), 1, 'one list, and not one for each worker')
})
