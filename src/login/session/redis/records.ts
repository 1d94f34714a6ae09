/**
 * The records of sessions in Redis. Each is sealed with a key that only the cookie of its browser holds, so that whoever can
 * read Redis finds no token there. Each has a version: what was read is replaced only while it is still what is there.
 */
import { createCipheriv, createDecipheriv, hash, randomBytes } from 'node:crypto'
import type { RedisConnection } from '../../../redis/connection.ts'
import type { SessionRecord } from '../record.ts'
import { packRecord, unpackRecord } from '../record.ts'
import type { Handle } from './handle.ts'

export interface Stored {
  readonly record: SessionRecord
  readonly version: number
}

/** Fields of the hash at `prefix` + SHA-256 of the id: version, data (sealed), when the session was last seen. */
const script = {
  /** ARGV: version, data, seen at, time to live. */
  create: `redis.call('HSET', KEYS[1], 'v', ARGV[1], 'd', ARGV[2], 's', ARGV[3])
return redis.call('PEXPIRE', KEYS[1], ARGV[4])`,
  /** KEYS: list. ARGV: member, time to live. */
  list: `redis.call('SADD', KEYS[1], ARGV[1]) return redis.call('PEXPIRE', KEYS[1], ARGV[2])`,
  /** KEYS: record. ARGV: the version it must have, the new one, data. The time to live stays. */
  replace: `if redis.call('HGET', KEYS[1], 'v') ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'v', ARGV[2], 'd', ARGV[3]) return 1`,
  /** ARGV: seen at, time to live. Brings nothing back. */
  touch: `if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
redis.call('HSET', KEYS[1], 's', ARGV[1]) return redis.call('PEXPIRE', KEYS[1], ARGV[2])`,
  /** ARGV: the version it must have. */
  remove: `if redis.call('HGET', KEYS[1], 'v') ~= ARGV[1] then return 0 end return redis.call('DEL', KEYS[1])`,
} as const

export interface RecordRules {
  readonly prefix: string
  readonly idleMs: number
  readonly absoluteMs: number
}

export class Records {
  readonly #redis: RedisConnection
  readonly #rules: RecordRules

  constructor(redis: RedisConnection, rules: RecordRules) {
    this.#redis = redis
    this.#rules = rules
  }

  /** Its id is the secret of the browser: Redis sees a hash of it. */
  keyOf(sid: string): string {
    return this.#rules.prefix + hash('sha256', sid, 'hex')
  }

  /** Undefined: it has ended, or the cookie does not open it. */
  async load({ sid, key }: Handle): Promise<Stored | undefined> {
    const name = this.keyOf(sid)
    const [version, data, seenAt] = await this.#redis.run((client) => client.hmgetBuffer(name, 'v', 'd', 's'))
    if (!version || !data || !seenAt) return undefined
    const bytes = openRecord({ data, key, context: `${name} ${version}` })
    const record = bytes && unpackRecord(bytes)
    return record && { record: { ...record, seenAt: Number(seenAt) }, version: Number(version) }
  }

  /** The sessions of a subject are listed, so that all of them can be found. */
  async create({ sid, key }: Handle, record: SessionRecord, subject: string): Promise<void> {
    const name = this.keyOf(sid)
    const { prefix, absoluteMs } = this.#rules
    const list = `${prefix}sub:${hash('sha256', subject, 'hex')}`
    const data = sealRecord({ bytes: packRecord(record), key, context: `${name} 1` })
    const life = String(this.#lifeOf(record, record.seenAt))
    await this.#redis.run((client) => client.eval(script.create, 1, name, '1', data, String(record.seenAt), life))
    await this.#redis.run((client) => client.eval(script.list, 1, list, name, String(absoluteMs)))
  }

  /** False: it is no longer what was read, or it has ended. `version` is the one that was read. */
  async replace({ sid, key }: Handle, record: SessionRecord, version: number): Promise<boolean> {
    const name = this.keyOf(sid)
    const next = String(version + 1)
    const data = sealRecord({ bytes: packRecord(record), key, context: `${name} ${next}` })
    const done = await this.#redis.run((client) => client.eval(script.replace, 1, name, String(version), next, data))
    return done === 1
  }

  async touch(record: SessionRecord, now: number): Promise<void> {
    const name = this.keyOf(record.sid)
    const life = String(this.#lifeOf(record, now))
    await this.#redis.run((client) => client.eval(script.touch, 1, name, String(now), life))
  }

  async remove(sid: string): Promise<void> {
    await this.#redis.run((client) => client.del(this.keyOf(sid)))
  }

  /** Nothing happens to one that is no longer what was read. */
  async removeVersion(sid: string, version: number): Promise<void> {
    await this.#redis.run((client) => client.eval(script.remove, 1, this.keyOf(sid), String(version)))
  }

  /** Redis forgets it by itself. */
  #lifeOf({ createdAt }: SessionRecord, now: number): number {
    return Math.max(1, Math.ceil(Math.min(createdAt + this.#rules.absoluteMs - now, this.#rules.idleMs)))
  }
}

const algorithm = 'aes-256-gcm'
const ivBytes = 12
const tagBytes = 16

interface Plain {
  readonly bytes: Buffer
  readonly key: Buffer
  /** A record that is moved to another name or another version does not open. */
  readonly context: string
}

function sealRecord({ bytes, key, context }: Plain): Buffer {
  const iv = randomBytes(ivBytes)
  const cipher = createCipheriv(algorithm, key, iv).setAAD(Buffer.from(context))
  return Buffer.concat([iv, cipher.update(bytes), cipher.final(), cipher.getAuthTag()])
}

interface Sealed {
  readonly data: Buffer
  readonly key: Buffer
  readonly context: string
}

function openRecord({ data, key, context }: Sealed): Buffer | undefined {
  if (data.length < ivBytes + tagBytes) return undefined
  const decipher = createDecipheriv(algorithm, key, data.subarray(0, ivBytes), { authTagLength: tagBytes })
  decipher.setAAD(Buffer.from(context)).setAuthTag(data.subarray(-tagBytes))
  try {
    return Buffer.concat([decipher.update(data.subarray(ivBytes, -tagBytes)), decipher.final()])
  } catch {
    return undefined
  }
}
