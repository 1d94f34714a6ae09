/**
 * How servers may read one request path: the path as it came, and what decoding, normalising and shortening make of it, in
 * any order and any number. Knows no rules, and never decides which reading is right.
 */
import type { PathForm } from '../../config/config.ts'
import { decoding, decodingButSlash, type Habit, habits, waysOf } from './habits.ts'

/** What some server takes for the path. `%xx` in the text is not decoded in this reading. */
export interface Reading {
  readonly text: string
  /** What a server has to do to read it so; undefined for the path as it came. */
  readonly form: PathForm | undefined
  readonly isDecoded: boolean
}

/** Nobody means more things than this by one path, and looking at them costs time. */
const maxReadings = 64
/** As many characters of ASCII would take as long: about a millisecond. */
const maxWork = 20 * 1024
/** What takes longer than a character, in characters: a reading, a letter beyond ASCII, a segment or a run of escapes. */
const cost = { reading: 150, odd: 7, part: 2 } as const

interface Derived extends Reading {
  readonly decodings: number
  readonly isHidden: boolean
}

/** The path as it came is the first. Undefined: there are too many. */
export function readingsOf(path: string, allowed: ReadonlySet<PathForm>): readonly Reading[] | undefined {
  const own = ownHabits(allowed)
  const mostDecodings = allowed.has('doubleEncoded') ? 1 : Number.POSITIVE_INFINITY
  const first: Derived = { text: path, form: undefined, isDecoded: false, decodings: 0, isHidden: false }
  const readings = [first]
  const known = new Set([keyOf(first)])
  let work = workOf(path)
  for (const from of readings) {
    for (const habit of applicable(own, from.text)) {
      const next = derive(from, habit)
      if (next.text === from.text || known.has(keyOf(next)) || next.decodings > mostDecodings) continue
      work += workOf(next.text)
      if (known.size === maxReadings || work > maxWork) return undefined
      known.add(keyOf(next))
      readings.push(next)
    }
  }
  return readings.filter(({ isHidden }) => !isHidden)
}

function ownHabits(allowed: ReadonlySet<PathForm>): readonly Habit[] {
  if (allowed.size === 0) return habits
  const ways = waysOf(allowed)
  const own = habits.filter((habit) => habit === decodingButSlash || !allowed.has(habit.form))
  return ways ? [...own, ways] : own
}

const oddCharacter = /[^\x21-\x7e]/
const encodedSlash = /%2f/i

/** The habits that can change the text, without one that makes of it what the one before it does. */
function applicable(own: readonly Habit[], text: string): readonly Habit[] {
  const isOdd = oddCharacter.test(text)
  const hasSlash = own[0] !== decoding || encodedSlash.test(text)
  return own.filter((habit) => {
    if (habit.mark === 'odd character') return isOdd
    return text.includes(habit.mark) && (hasSlash || habit !== decodingButSlash)
  })
}

function workOf(text: string): number {
  let work = cost.reading + text.length
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code > 0x7e) work += cost.odd
    else if (code === slash || (code === percent && text.charCodeAt(at - 3) !== percent)) work += cost.part
  }
  return work
}

const slash = 0x2f
const percent = 0x25

/** The same escapes are others where nothing has been decoded yet. */
function keyOf({ text, isDecoded, isHidden }: Derived): string {
  const key = isDecoded && text.includes('%') ? `decoded ${text}` : text
  return isHidden ? `hidden ${key}` : key
}

function derive(from: Derived, habit: Habit): Derived {
  const decodings = from.decodings + (habit.decodes ? 1 : 0)
  const form = nameForm(from, habit)
  return { text: habit.read(from.text), form, isDecoded: decodings > 0, decodings, isHidden: habit.isHidden === true }
}

/** What a decoding brings to light is the form, not the decoding. */
function nameForm(from: Derived, habit: Habit): PathForm {
  if (!habit.decodes) return habit.form
  if (from.decodings > 0) return 'doubleEncoded'
  if (from.form === 'unicode') return from.form
  return encodedSlash.test(from.text) ? 'encodedSlash' : (from.form ?? 'encodedSlash')
}
