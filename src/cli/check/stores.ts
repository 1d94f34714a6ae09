/** The part of `cogate check` about Redis: whether what lives there can be reached, with the rights that it needs. */
import { hasSessions } from '../../config/auth-api.ts'
import type { Config } from '../../config/config.ts'
import type { RedisServer } from '../../config/redis.ts'
import { rateServer, revocationServer, sessionServer } from '../../config/redis.ts'
import type { RedisConnection } from '../../redis/connection.ts'
import type { Finding } from './finding.ts'
import { bad, good } from './finding.ts'

export async function inspectStores(config: Config): Promise<readonly Finding[]> {
  const found = [
    hasSessions(config) && inspectStore('session_store', sessionServer(config), ping),
    inspectStore('revocation_store', revocationServer(config), (redis) => askList(redis, config)),
    inspectStore('rate_store', rateServer(config), ping),
  ]
  return (await Promise.all(found)).flatMap((finding) => finding || [])
}

/** Rejects with StoreAway. */
type Ask = (redis: RedisConnection) => Promise<unknown>

/** The client is loaded only for a configuration that needs it. */
async function inspectStore(
  check: Finding['check'],
  server: RedisServer | undefined,
  ask: Ask,
): Promise<Finding | undefined> {
  if (server === undefined) return undefined
  const { protocol, host } = new URL(server.url)
  const name = `${check.replace('_', ' ')} ${protocol}//${host}`
  const { RedisConnection } = await import('../../redis/connection.ts')
  const redis = new RedisConnection(server, { onState: () => undefined })
  try {
    await ask(redis)
    return good(check, `${name}: reachable`)
  } catch (error) {
    return bad(check, `${name}: ${withStep((error as Error).message)}`)
  } finally {
    redis.close()
  }
}

function ping(redis: RedisConnection): Promise<unknown> {
  return redis.run((client) => client.ping())
}

/** As a gate does it: it reads the list, and then it listens. */
async function askList(redis: RedisConnection, { revocation }: Config): Promise<void> {
  const { SharedList } = await import('../../redis/revocations/shared-list.ts')
  const list = new SharedList(redis, revocation.redis.prefix)
  await list.read(Date.now())
  await redis.run((client) => client.subscribe(list.channel))
}

/** What Redis says, and the one step that most often mends it. */
function withStep(message: string): string {
  const step = steps.find(([sign]) => sign.test(message))?.[1]
  return step === undefined ? message : `${message.replace(/\.$/, '')}; ${step}`
}

const steps: readonly (readonly [sign: RegExp, step: string])[] = [
  [/^NOAUTH/, 'give the password: redis.passwordFile, or user:password@ in the URL'],
  [/^WRONGPASS/, 'is the user or the password another one there?'],
  [/^NOPERM/, 'this user lacks a right; docs/operations.md and docs/login.md list them'],
  [/ECONNREFUSED/, 'is Redis up, and is the address right?'],
  [/ENOTFOUND/, 'is the host name right, and known where cogate runs?'],
]
