/**
 * The one route that a path meets in all its readings. A path whose readings meet rules with different demands is ambiguous:
 * the service might find another page than the one that was decided on.
 */
import type { PathForm } from '../config/config.ts'
import { decodeEscapes, dropInvalidEscapes } from '../config/paths/escapes.ts'
import { writeValues } from './demands/path-values.ts'
import type { Endpoints } from './endpoints.ts'
import type { Matcher } from './match.ts'
import type { RequestPath, TargetFault } from './path.ts'
import { foldAllowing, lowerLetters, writeExactly } from './path.ts'
import { isOverlong } from './readings/escapes.ts'
import { type Reading, readingsOf } from './readings/readings.ts'
import type { Rewrite, Route } from './route.ts'
import { callersPath, canRewrite, rewriteTarget } from './route.ts'

export interface PathRules {
  readonly match: Matcher
  readonly endpoints: Endpoints
  /** Of the whole configuration. */
  readonly allowedPaths: ReadonlySet<PathForm>
}

export interface RoutedPath {
  readonly method: string
  readonly host: string
  readonly path: RequestPath
}

/** Two readings of a path that differ in what they demand. */
export interface Ambiguity {
  readonly form: PathForm | 'tooManyReadings'
  /** The path as it came, and what a server may take it for; the same twice when there are too many readings. */
  readonly readings: readonly [string, string]
  /** The rules that they meet: a configured path, `default`, `none` or `endpoint`. */
  readonly rules: readonly [string, string]
}

/** Undefined: rules own the path, and none lists the method and host. `endpoint`: the path is the gate's own. */
export function findRoute(rules: PathRules, request: RoutedPath): Route | Ambiguity | 'endpoint' | undefined {
  const { method, host, path } = request
  if (!path.isPlain || !rules.match.isPlainSafe) return resolveRoute(rules, request)
  return rules.endpoints.owns(path.folded) ? 'endpoint' : rules.match(method, host, path)
}

export function isAmbiguity(found: Route | Ambiguity | undefined): found is Ambiguity {
  return found !== undefined && 'form' in found
}

/** For a path that is not plain: `match` is enough for one that is. */
export function resolveRoute(rules: PathRules, request: RoutedPath): Route | Ambiguity | 'endpoint' | undefined {
  const { path } = request.path
  const own = meet(rules, { ...request, path: { ...request.path, path: writeExactly(path) } })
  if (!rules.match.hasRules) return conclude(own)
  const { given, allowed } = allowedFor(rules, own)
  const readings = readingsOf(path, allowed)
  if (readings === undefined) return tooManyReadings(path, own)
  const [givenForm] = given
  for (const reading of readings) {
    const form = reading.form ?? (own.route?.compared && givenForm)
    for (const spelling of spellingsOf(rules, { ...reading, form }, allowed)) {
      const other = meet(rules, { ...request, path: spelling.path })
      if (other.demand === own.demand && comparesSame(path, { own, other, reading })) continue
      return { form: spelling.form, readings: [path, spelling.text], rules: [own.name, other.name] }
    }
  }
  return compareRewritten(rules, request, { own, allowed }) ?? conclude(own)
}

interface AllowedForms {
  readonly given: ReadonlySet<PathForm>
  /** Those that are not looked for. */
  readonly allowed: ReadonlySet<PathForm>
}

function allowedFor({ match, allowedPaths }: PathRules, { route }: Meeting): AllowedForms {
  const given = new Set([...allowedPaths, ...(route?.allowedForms ?? [])])
  if (match.hasPlus) given.add('plus')
  // An allowed form says how the service finds a page; only a plus sign also says what it takes from the path.
  const allowed = route?.compared ? new Set([...given].filter((form) => form === 'plus')) : given
  return { given, allowed }
}

function tooManyReadings(path: string, { name }: Meeting): Ambiguity {
  return { form: 'tooManyReadings', readings: [path, path], rules: [name, name] }
}

/** Whether the parts of the path that claims are compared with are in a reading what they are in the path as it came. */
function comparesSame(path: string, { own, other, reading }: Compared): boolean {
  const segments = own.route?.compared
  const others = other.route?.compared
  if (segments === undefined && others === undefined) return true
  return writeValues(path, segments) === writeValues(reading.text, others, reading.isDecoded)
}

interface Compared {
  readonly own: Meeting
  readonly other: Meeting
  readonly reading: Reading
}

/**
 * Dot segments end at the root of a path, so a path has readings of its own where its prefix was taken away or another one was put
 * before it. What the service takes it for must be below the prefix that was put there, and what a caller reaches by the rule of
 * that page must demand the same.
 */
function compareRewritten(
  rules: PathRules,
  request: RoutedPath,
  { own, allowed }: { readonly own: Meeting; readonly allowed: ReadonlySet<PathForm> },
): Ambiguity | undefined {
  const { path } = request.path
  const { compared, rewrite } = own.route ?? {}
  if (!rewrite || !canRewrite(rewrite, path)) return undefined
  const readings = readingsOf(rewriteTarget(rewrite, path), allowed)
  if (readings === undefined) return tooManyReadings(path, own)
  const segments = shiftSegments(compared, rewrite)
  const values = writeValues(path, compared)
  for (const reading of readings) {
    const { text, form = 'dotSegments', isDecoded } = reading
    const outer = callersPath(rewrite, text)
    const isSame = outer !== undefined && writeValues(text, segments, isDecoded) === values
    if (!isSame) return { form, readings: [path, text], rules: [own.name, own.name] }
    for (const spelling of spellingsOf(rules, { ...reading, text: outer }, allowed)) {
      const other = meet(rules, { ...request, path: spelling.path })
      if (other.demand === own.demand) continue
      return { form: spelling.form, readings: [path, spelling.text], rules: [own.name, other.name] }
    }
  }
  return undefined
}

function shiftSegments(
  segments: readonly number[] | undefined,
  { strip, add }: Rewrite,
): readonly number[] | undefined {
  const shift = add.split('/').length - strip.split('/').length
  return segments?.map((segment) => segment + shift)
}

interface Spelling {
  readonly path: RequestPath
  readonly text: string
  readonly form: PathForm
}

/** Rules that let people in match to the letter, so a server that ignores case may find one that we do not. */
function* spellingsOf(
  { match }: PathRules,
  { text, form, isDecoded }: Reading,
  allowed: ReadonlySet<PathForm>,
): Generator<Spelling> {
  const path = { path: writeExactly(text), folded: foldAllowing(text, allowed, isDecoded), isPlain: false }
  if (form !== undefined) yield { path, text, form }
  if (match.hasOpening && !allowed.has('letterCase')) {
    const lower = lowerLetters(text)
    // Then every rule is met as it was in the text itself.
    if (lower === text && match.isPlainSafe) return
    yield { path: { ...path, path: writeExactly(lower), ignoresCase: true }, text: lower, form: form ?? 'letterCase' }
  }
}

interface Meeting {
  readonly route: Route | undefined
  readonly isOwn: boolean
  readonly demand: string
  readonly name: string
}

function meet({ match, endpoints }: PathRules, { method, host, path }: RoutedPath): Meeting {
  if (endpoints.owns(path.folded)) return { route: undefined, isOwn: true, demand: 'endpoint', name: 'endpoint' }
  const route = match(method, host, path)
  return { route, isOwn: false, demand: route?.demand ?? 'none', name: route?.label ?? 'none' }
}

function conclude({ isOwn, route }: Meeting): Route | 'endpoint' | undefined {
  return isOwn ? 'endpoint' : route
}

/** Forms in words, for answers and log lines. */
const names = {
  encodedSlash: 'encoded slash',
  doubleEncoded: 'escape that is encoded twice',
  backslash: 'backslash',
  semicolon: 'path parameter',
  doubleSlash: 'empty segment',
  dotSegments: 'dot segment',
  letterCase: 'letter case',
  unicode: 'compatibility character',
  trailingSpaces: 'space at the end of a segment',
  trailingDots: 'dot at the end of a segment',
  encodedNul: 'encoded NUL',
  encodedControl: 'encoded control character',
  plus: 'plus sign',
  encodedHash: 'encoded number sign',
  encodedQuestion: 'encoded question mark',
  tooManyReadings: 'too many forms at once',
} as const satisfies Record<PathForm | 'tooManyReadings', string>

/** Characters that NFKC, or a code page of Windows, makes delimiters of. */
const lookalikes: ReadonlyMap<string, string> = new Map([
  ['\uff0f', 'full-width slash'],
  ['\uff3c', 'full-width backslash'],
  ['\uff1f', 'full-width question mark'],
  ['\uff03', 'full-width number sign'],
  ['\uff05', 'full-width percent sign'],
  ['\uff1b', 'full-width semicolon'],
  ['\uff0e', 'full-width full stop'],
  ['\u2024', 'one dot leader'],
  ['\u2025', 'two dot leader'],
  ['\u2026', 'ellipsis'],
  ['\u2044', 'fraction slash'],
  ['\u2215', 'division slash'],
  ['\u2216', 'set minus'],
  ['\u00a5', 'yen sign'],
  ['\u20a9', 'won sign'],
])

/** `encoded slash`, `full-width question mark`, … */
export function nameForm(ambiguity: Ambiguity | TargetFault): string {
  if (typeof ambiguity === 'string') return ambiguity
  if (ambiguity.form === 'tooManyReadings') return names.tooManyReadings
  const [path] = ambiguity.readings
  return findLookalike(path) ?? (isOverlong(path) ? 'overlong escape' : nameUnicode(ambiguity.form, path))
}

function nameUnicode(form: PathForm, path: string): string {
  if (form !== 'unicode') return names[form]
  if (dropInvalidEscapes(path) !== path) return 'byte that is not UTF-8'
  return /\p{Default_Ignorable_Code_Point}/u.test(decodeEscapes(path)) ? 'invisible character' : names.unicode
}

function findLookalike(path: string): string | undefined {
  for (const character of decodeEscapes(path)) {
    const name = lookalikes.get(character)
    if (name !== undefined) return name
  }
  return undefined
}

/** What whoever runs the gate can do about it. */
export function adviseOn({ form, rules: [own, other] }: Ambiguity): string {
  // One rule in both readings: it compares a part of the path with a claim.
  if (form === 'tooManyReadings' || own === other) return 'ask the caller for a plainer path'
  const one = `let the rules ${own} and ${other} demand the same`
  return `${one}; or, if the service reads this form as it came, write paths: { allow: [${form}] }`
}
