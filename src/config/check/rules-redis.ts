/**
 * Rules about Redis: its address can be used, its files belong to it, and whoever says that something lives there says where.
 */
import type { RedisConfig } from '../redis.ts'
import { rateServer, revocationServer } from '../redis.ts'
import { isRedisUrl } from '../table/addresses.ts'
import type { KeyPath } from '../table/key.ts'
import { formatKey } from '../table/key.ts'
import type { RuleContext } from './rule.ts'

export function checkRedis(context: RuleContext): void {
  const { redis = {}, revocation } = context.config
  checkRedisServer(redis, ['redis'], context)
  checkCredentials(redis, context)
  checkRedisServer(revocation.redis, ['revocation', 'redis'], context)
  checkStoreFailure(context)
  checkRateStore(context)
}

/** `path` is that of the mapping. */
export function checkRedisServer({ url, caFile }: RedisConfig, path: KeyPath, { report }: RuleContext): void {
  const line = redisLine(path)
  if (url !== undefined && !isRedisUrl(url)) {
    const expected =
      'redis://host:6379 or rediss://host:6379, with user:password@ before the host and /0 behind the port; in a password, @ is %40, / is %2F, # is %23'
    report({ path: [...path, 'url'], expected, line })
  }
  if (caFile === undefined || url?.startsWith('rediss:')) return
  const expected = `rediss: in ${formatKey([...path, 'url'])}; without TLS there is no certificate to check`
  report({ path: [...path, 'caFile'], expected, line })
}

/** What somebody copies: an address is a secret. */
export function redisLine(path: KeyPath): string {
  const variable = `COGATE_${path.join('_').toUpperCase()}_URL_FILE`
  return `${variable}=/run/secrets/cogate-redis, a file with rediss://user:…@host:6379`
}

function checkCredentials({ url, usernameFile, passwordFile }: RedisConfig, { report }: RuleContext): void {
  const named = usernameFile === undefined ? 'passwordFile' : 'usernameFile'
  if ((usernameFile ?? passwordFile) === undefined) return
  if (url === undefined) {
    const expected = `the address of Redis or Valkey, because redis.${named} is set`
    report({ path: ['redis', 'url'], found: 'nothing', isShown: true, expected, line: redisLine(['redis']) })
  } else if (passwordFile === undefined) {
    const expected = 'a password for this user as well'
    report({ path: ['redis', 'passwordFile'], found: 'nothing', expected, write: '/run/secrets/redis-password' })
  } else if (URL.canParse(url) && new URL(url).password !== '') {
    const expected = 'no redis.passwordFile, because redis.url has a password already; or none in redis.url'
    report({ path: ['redis', 'passwordFile'], expected, line: '# delete redis.passwordFile' })
  }
}

/** A file is never away: who writes `deny` believes that there is a Redis. */
function checkStoreFailure({ config, report }: RuleContext): void {
  if (config.revocation.onStoreFailure === 'allow' || revocationServer(config) !== undefined) return
  const expected = 'the address of Redis or Valkey, because revocation.onStoreFailure is deny'
  const path = ['revocation', 'redis']
  report({ path: [...path, 'url'], found: 'nothing', isShown: true, expected, line: `# ${redisLine(path)}` })
}

function checkRateStore({ config, report }: RuleContext): void {
  const { rateLimit } = config
  if (rateLimit?.store !== 'redis') return
  if (!rateLimit.perSubject && !rateLimit.perAddress) {
    const expected = 'rateLimit.perSubject or rateLimit.perAddress as well: a store alone limits nothing'
    report({ path: ['rateLimit', 'store'], expected, line: '# add rateLimit.perSubject or rateLimit.perAddress' })
  }
  if (rateServer(config) !== undefined) return
  const expected = 'the address of Redis or Valkey, because rateLimit.store is redis'
  report({ path: ['redis', 'url'], found: 'nothing', isShown: true, expected, line: `# ${redisLine(['redis'])}` })
}
