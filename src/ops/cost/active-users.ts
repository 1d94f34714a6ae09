/**
 * Estimates who was active: distinct people and issued machine tokens of each user pool and calendar month (UTC), from tokens that
 * are verified for the first time. Keeps no subject, only sketches of keyed hashes.
 */
import { hash } from 'node:crypto'
import type { Claims } from '../../tokens/claims.ts'
import { isMachine } from '../../tokens/claims.ts'
import { Sketch } from './sketch.ts'

/** `federated`: people whom an identity provider of SAML or OpenID Connect has signed in. `machine`: tokens. */
export const activityKinds = ['user', 'federated', 'machine'] as const
export type ActivityKind = (typeof activityKinds)[number]

/** Whose sketch it is. */
export interface SketchName {
  /** As `2026-11`. */
  readonly month: string
  readonly pool: string
  readonly kind: ActivityKind
}

/** Plain data: it travels between processes, and is the format of `/mau` and of the file. */
export interface ActivityPart {
  readonly version: 1
  /** Says which secret the hashes were made with. Sketches of two secrets must not be merged. */
  readonly key: string
  readonly sketches: readonly (SketchName & { readonly registers: string })[]
}

export interface Activity extends SketchName {
  readonly estimate: number
}

/** The month that runs, and two that are over. */
const keptMonths = 3
const keyPurpose = 'cogate active users'

export class ActiveUsers {
  readonly #secret: string
  readonly #sketches = new Map<string, { readonly name: SketchName; readonly sketch: Sketch }>()
  /** Says which secret it has. Tells nothing of the secret. */
  readonly key: string
  /** Grows when something changes. */
  revision = 0

  /** `secret` default: none, so whoever knows a subject could look whether it is among few. `key`: that of parts to merge. */
  constructor(secret = '', key?: string) {
    this.#secret = `${keyPurpose} ${secret}`
    this.key = key ?? hash('sha256', `name of ${this.#secret}`).slice(0, 16)
  }

  /** `now` is in milliseconds since the epoch. A token that does not say when it was issued counts as one of this moment. */
  add(claims: Claims, pool: string, now: number): void {
    const month = monthOf(claims.iat === undefined ? now : claims.iat * 1000)
    const kind = kindOf(claims, pool)
    const { jti = `${claims.iat}` } = claims
    const value = kind === 'machine' ? `${claims.sub} ${String(jti)}` : claims.sub
    if (this.#sketchOf({ month, pool, kind })?.add(this.#hash(`${pool} ${value}`))) this.revision++
  }

  /** Throws TypeError where `part` is no such part, or was made with another secret. Then nothing is merged. */
  merge(part: unknown): void {
    const { key, sketches } = readPart(part)
    if (key !== this.key) throw new TypeError('made with another activeUsers.secret')
    for (const { registers, ...name } of sketches) if (this.#sketchOf(name)?.merge(registers)) this.revision++
  }

  part(): ActivityPart {
    const sketches = [...this.#sketches.values()].map(({ name, sketch }) => {
      return { ...name, registers: Buffer.from(sketch.registers).toString('base64') }
    })
    return { version: 1, key: this.key, sketches }
  }

  /** Newest month first. */
  estimates(): readonly Activity[] {
    const all = [...this.#sketches.values()].map(({ name, sketch }) => ({ ...name, estimate: sketch.estimate() }))
    return all.toSorted((left, right) => compareText(right.month, left.month) || compareText(left.pool, right.pool))
  }

  /** Of the month of `now`. */
  current(now: number): readonly Activity[] {
    const month = monthOf(now)
    return this.estimates().filter((one) => one.month === month)
  }

  /** Undefined: the month is too old to be kept. */
  #sketchOf(name: SketchName): Sketch | undefined {
    const id = `${name.month} ${name.pool} ${name.kind}`
    const known = this.#sketches.get(id)
    if (known) return known.sketch
    const months = new Set([...this.#sketches.values(), { name }].map((one) => one.name.month))
    const kept = [...months].toSorted().slice(-keptMonths)
    if (!kept.includes(name.month)) return undefined
    for (const [other, { name }] of this.#sketches) if (!kept.includes(name.month)) this.#sketches.delete(other)
    const sketch = new Sketch()
    this.#sketches.set(id, { name, sketch })
    return sketch
  }

  #hash(text: string): bigint {
    return hash('sha256', `${this.#secret} ${text}`, 'buffer').readBigUInt64BE(0)
  }
}

/**
 * The parts of several gates as one, newest month first. `fault` makes the error that is thrown for a part that cannot be read, or
 * that was made with another secret than the first one.
 */
export function mergeActivity(
  parts: readonly { readonly name: string; readonly part: unknown }[],
  fault: (name: string, problem: string) => Error,
): readonly Activity[] {
  const merged: { users?: ActiveUsers } = {}
  for (const { name, part } of parts) {
    try {
      merged.users ??= new ActiveUsers('', readPart(part).key)
      merged.users.merge(part)
    } catch (error) {
      throw fault(name, (error as Error).message)
    }
  }
  return merged.users?.estimates() ?? []
}

/** As `2026-11`, in UTC. */
function monthOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 7)
}

/** Users of these providers cost as much as those of the pool itself. */
const socialProviders = ['Facebook', 'Google', 'LoginWithAmazon', 'SignInWithApple']

/**
 * Cognito puts a federated user into the group `<user pool id>_<name of the provider>`. An ID token names the provider in
 * `identities` too.
 */
function kindOf(claims: Claims, pool: string): ActivityKind {
  if (isMachine(claims)) return 'machine'
  const { 'cognito:groups': groups = [], identities } = claims
  const automatic = groups.filter((group) => group.startsWith(`${pool}_`)).map((group) => group.slice(pool.length + 1))
  const named = Array.isArray(identities) ? identities.map(providerOf) : []
  const isEnterprise = (provider: unknown) => typeof provider === 'string' && !socialProviders.includes(provider)
  return [...automatic, ...named].some(isEnterprise) ? 'federated' : 'user'
}

function providerOf(identity: unknown): unknown {
  return typeof identity === 'object' && identity !== null && 'providerName' in identity
    ? identity.providerName
    : undefined
}

interface ReadPart {
  readonly key: string
  readonly sketches: readonly (SketchName & { readonly registers: Sketch })[]
}

/** Throws TypeError. */
function readPart(part: unknown): ReadPart {
  try {
    const { version, key, sketches } = part as ActivityPart
    if (version !== 1 || typeof key !== 'string') throw new TypeError('another version')
    return { key, sketches: sketches.map(readSketch) }
  } catch {
    throw new TypeError('no estimate of active users that this version can read')
  }
}

function readSketch({ month, pool, kind, registers }: ActivityPart['sketches'][number]) {
  const isKnown = /^\d{4}-\d{2}$/.test(month) && typeof pool === 'string' && activityKinds.includes(kind)
  if (!isKnown) throw new TypeError('not a sketch')
  return { month, pool, kind, registers: new Sketch(Buffer.from(registers, 'base64')) }
}

function compareText(left: string, right: string): number {
  return left < right ? -1 : Number(left > right)
}
