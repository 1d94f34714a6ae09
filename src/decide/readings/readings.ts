/**
 * How servers may read one request path: the path as it came, and what decoding, normalising and shortening make of it, in
 * any order and any number. Knows no rules, and never decides which reading is right.
 */
import type { PathForm } from '../../config/config.ts'
import { decodingButSlash, type Habit, habits } from './habits.ts'

/** What some server takes for the path. `%xx` in the text is not decoded in this reading. */
export interface Reading {
  readonly text: string
  /** What a server has to do to read it so; undefined for the path as it came. */
  readonly form: PathForm | undefined
  readonly isDecoded: boolean
}

/** Nobody means more things than this by one path, and looking at them costs time. */
const maxReadings = 64
const maxCharacters = 10 * 1024

interface Derived extends Reading {
  readonly decodings: number
}

/** The path as it came is the first. Undefined: there are too many. */
export function readingsOf(path: string, allowed: ReadonlySet<PathForm>): readonly Reading[] | undefined {
  const own = habits.filter((habit) => habit === decodingButSlash || !allowed.has(habit.form))
  const mostDecodings = allowed.has('doubleEncoded') ? 1 : Number.POSITIVE_INFINITY
  const readings: Derived[] = [{ text: path, form: undefined, isDecoded: false, decodings: 0 }]
  const known = new Set([keyOf({ text: path, isDecoded: false })])
  let characters = path.length
  for (const from of readings) {
    for (const habit of applicable(own, from.text)) {
      const next = derive(from, habit)
      if (next.text === from.text || known.has(keyOf(next)) || next.decodings > mostDecodings) continue
      characters += next.text.length
      if (known.size === maxReadings || characters > maxCharacters) return undefined
      known.add(keyOf(next))
      readings.push(next)
    }
  }
  return readings
}

const oddCharacter = /[^\x21-\x7e]/

/** The habits that can change the text. */
function applicable(own: readonly Habit[], text: string): readonly Habit[] {
  const isOdd = oddCharacter.test(text)
  return own.filter(({ mark }) => (mark === 'odd character' ? isOdd : text.includes(mark)))
}

/** The same escapes are others where nothing has been decoded yet. */
function keyOf({ text, isDecoded }: Pick<Reading, 'text' | 'isDecoded'>): string {
  return isDecoded && text.includes('%') ? `decoded ${text}` : text
}

function derive(from: Derived, habit: Habit): Derived {
  const decodings = from.decodings + (habit.decodes ? 1 : 0)
  return { text: habit.read(from.text), form: nameForm(from, habit), isDecoded: decodings > 0, decodings }
}

/** What a decoding brings to light is the form, not the decoding. */
function nameForm(from: Derived, habit: Habit): PathForm {
  if (!habit.decodes) return habit.form
  if (from.decodings > 0) return 'doubleEncoded'
  if (from.form === 'unicode') return from.form
  return /%2f/i.test(from.text) ? 'encodedSlash' : (from.form ?? 'encodedSlash')
}
