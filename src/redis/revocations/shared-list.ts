/**
 * The list of revoked tokens as it is in Redis: a sorted set of entries by their end, and a hash that says which list this is and how
 * often it was written. A gate only reads it; `cogate revoke` writes it.
 */
import { randomUUID } from 'node:crypto'
import type { DenyEntry } from '../../tokens/revocation/entries.ts'
import { parseEntry, writeEntry } from '../../tokens/revocation/entries.ts'
import type { RedisConnection } from '../connection.ts'
import { StoreAway } from '../store-away.ts'

/** Two that are equal stand for the same entries. */
export interface ListState {
  /** Undefined: nothing was ever written. */
  readonly id: string | undefined
  readonly version: number
}

export interface ListRead {
  readonly state: ListState
  readonly entries: readonly DenyEntry[]
  /** Members that are no entries. */
  readonly unreadable: number
}

/** What was written, as all processes hear it. */
export interface ListMessage extends ListState {
  readonly entry: DenyEntry
}

/**
 * KEYS: list, state. ARGV: now, member, end, line, id of a new list, channel. Removes what has ended. An entry that is there already
 * keeps the later end.
 */
const addScript = `local id = redis.call('HGET', KEYS[2], 'id')
if not id then id = ARGV[5] redis.call('HSET', KEYS[2], 'id', id) end
local version = redis.call('HINCRBY', KEYS[2], 'version', 1)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', ARGV[1])
local known = redis.call('ZSCORE', KEYS[1], ARGV[2])
if not known or (known ~= 'inf' and (ARGV[3] == 'inf' or tonumber(known) < tonumber(ARGV[3]))) then
  redis.call('ZADD', KEYS[1], ARGV[3], ARGV[2])
end
local last = redis.call('ZRANGE', KEYS[1], -1, -1, 'WITHSCORES')[2]
if last == 'inf' then redis.call('PERSIST', KEYS[1]) elseif last then redis.call('PEXPIREAT', KEYS[1], last) end
return redis.call('PUBLISH', ARGV[6], cjson.encode({ id = id, version = version, entry = ARGV[4] }))`

export class SharedList {
  readonly channel: string
  readonly #redis: RedisConnection
  readonly #list: string
  readonly #state: string

  constructor(redis: RedisConnection, prefix: string) {
    this.#redis = redis
    this.#list = `${prefix}revocations`
    this.#state = `${prefix}revocations:state`
    this.channel = this.#list
  }

  /** Rejects with StoreAway. */
  async state(): Promise<ListState> {
    return readState(await this.#redis.run((client) => client.hmget(this.#state, 'id', 'version')))
  }

  /** The entries that count at `now`. Rejects with StoreAway. */
  async read(now: number): Promise<ListRead> {
    const results = await this.#redis.run((client) =>
      client
        .multi()
        .hmget(this.#state, 'id', 'version')
        .zrangebyscore(this.#list, `(${now}`, '+inf', 'WITHSCORES')
        .exec(),
    )
    const [state, members] = (results ?? []).map(([error, result]) => {
      if (error) throw new StoreAway(error.message)
      return result as string[]
    })
    return { state: readState(state ?? []), ...readMembers(members ?? []) }
  }

  /** How many processes have heard of it. Rejects with StoreAway. */
  async add(entry: DenyEntry, now: number): Promise<number> {
    const end = Number.isFinite(entry.until) ? String(entry.until) : 'inf'
    const member = writeEntry({ ...entry, until: Number.POSITIVE_INFINITY })
    const words = [String(now), member, end, writeEntry(entry), randomUUID(), this.channel]
    return Number(await this.#redis.run((client) => client.eval(addScript, 2, this.#list, this.#state, ...words)))
  }
}

function readState([id, version]: readonly (string | null)[]): ListState {
  return { id: id ?? undefined, version: Number(version ?? 0) }
}

/** Member and score in turn. */
function readMembers(members: readonly string[]): Omit<ListRead, 'state'> {
  const entries: DenyEntry[] = []
  for (let index = 0; index < members.length; index += 2) {
    const entry = parseEntry(members[index] ?? '')
    const score = members[index + 1]
    if (typeof entry !== 'string') entries.push({ ...entry, until: score === 'inf' ? Infinity : Number(score) })
  }
  return { entries, unreadable: members.length / 2 - entries.length }
}

/** Undefined: it is not what `add` publishes. */
export function readMessage(text: string): ListMessage | undefined {
  try {
    const { id, version, entry } = JSON.parse(text)
    const parsed = parseEntry(String(entry))
    if (typeof parsed === 'string' || typeof id !== 'string' || typeof version !== 'number') return undefined
    return { id, version, entry: parsed }
  } catch {
    return undefined
  }
}
