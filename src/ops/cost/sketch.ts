/**
 * Counts distinct values in 16 KiB: an UltraLogLog (O. Ertl, 2023), which is a HyperLogLog whose registers also remember
 * the two levels below the highest one. Keeps hashes in a form that no value can be read from.
 */

const indexBits = 14
const registerCount = 1 << indexBits
const levelBits = 64 - indexBits
/** The last level: all bits of the hash that are left are zero. */
const lastLevel = levelBits + 1
const levelMask = (1n << BigInt(levelBits)) - 1n

/** The standard error of an estimate; the true number is within twice of it in 95 of 100 cases. */
export const standardError = 0.006

/** A register holds the highest level that was hit, and in its last two bits whether the two levels below were hit. */
export class Sketch {
  readonly #registers: Uint8Array

  /** Throws RangeError where `registers` do not have the length of a sketch. */
  constructor(registers: Uint8Array = new Uint8Array(registerCount)) {
    if (registers.length !== registerCount) throw new RangeError(`expected ${registerCount} registers`)
    this.#registers = registers
  }

  get registers(): Readonly<Uint8Array> {
    return this.#registers
  }

  /** `hash`: 64 bits that are evenly spread. True: the sketch has changed. */
  add(hash: bigint): boolean {
    const rest = hash & levelMask
    const level = rest === 0n ? lastLevel : levelBits - rest.toString(2).length + 1
    return this.#join(Number(hash >> BigInt(levelBits)), level << 2)
  }

  /** True: the sketch has changed. Afterwards it is the sketch of what either has seen. */
  merge({ registers }: Sketch): boolean {
    let hasChanged = false
    for (const [index, register] of registers.entries()) hasChanged = this.#join(index, register) || hasChanged
    return hasChanged
  }

  estimate(): number {
    const counts = new Array<number>(256).fill(0)
    for (const register of this.#registers) counts[register] = (counts[register] ?? 0) + 1
    return Math.round(registerCount * likeliestRate(readLevels(counts)))
  }

  #join(index: number, register: number): boolean {
    const own = this.#registers[index] ?? 0
    const joined = joinRegisters(own, register)
    this.#registers[index] = joined
    return joined !== own
  }
}

/** Of two registers of one place. 0 is a register that was not hit. */
function joinRegisters(left: number, right: number): number {
  const [high, low] = left >> 2 >= right >> 2 ? [left, right] : [right, left]
  if (low === 0) return high
  const distance = (high >> 2) - (low >> 2)
  // Bits: its level, the level below, and the one below that, moved down by the distance.
  const hits = (0b100 | (low & 0b11)) >> distance
  return high | (hits & 0b11)
}

interface Levels {
  /** How often a level was hit, by level. */
  readonly hits: readonly number[]
  /** The share of all hashes that would have hit levels which are known not to be hit, summed over the registers. */
  readonly missed: number
}

function readLevels(counts: readonly number[]): Levels {
  const hits = new Array<number>(lastLevel + 1).fill(0)
  const known = counts.flatMap((count, register) =>
    count === 0 ? [] : statesOf(register).map((one) => ({ ...one, count })),
  )
  for (const { level, isHit, count } of known) if (isHit) hits[level] = (hits[level] ?? 0) + count
  const missed = known.filter(({ isHit }) => !isHit).reduce((sum, { part, count }) => sum + part * count, 0)
  return { hits, missed }
}

interface LevelState {
  readonly level: number
  readonly isHit: boolean
  /** Of all hashes: those that hit the level, or for what is above the highest one any of those levels. */
  readonly part: number
}

/** What a register tells: its highest level, that nothing is above it, and the two levels below. */
function statesOf(register: number): readonly LevelState[] {
  const level = register >> 2
  const above = { level, isHit: false, part: level === lastLevel ? 0 : 2 ** -level }
  if (level === 0) return [above]
  const highest = { level, isHit: true, part: share(level) }
  const below = [1, 2].map((distance) => {
    const isHit = ((register >> (2 - distance)) & 1) === 1
    return { level: level - distance, isHit, part: share(level - distance) }
  })
  return [above, highest, ...below.filter(({ level }) => level > 0)]
}

function share(level: number): number {
  return 2 ** -Math.min(level, levelBits)
}

/**
 * The number of values for each register under which these levels are the likeliest: where the derivative of the logarithm of the
 * likelihood is zero. It falls, so halving finds the place.
 */
function likeliestRate({ hits, missed }: Levels): number {
  const known = hits.flatMap((count, level) => (count === 0 ? [] : [[share(level), count] as const]))
  if (known.length === 0) return 0
  const slope = (rate: number): number =>
    known.reduce((sum, [part, count]) => sum + (count * part) / Math.expm1(rate * part), -missed)
  let [low, high] = [-20, levelBits]
  for (let round = 0; round < 60; round++) {
    const middle = (low + high) / 2
    if (slope(2 ** middle) > 0) low = middle
    else high = middle
  }
  return 2 ** ((low + high) / 2)
}
