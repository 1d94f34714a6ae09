/**
 * Follows every hint: what an issue tells to write is written in the place of the mistake, and the configuration is
 * loaded again. A hint that is refused in its turn is a fault. Lines that begin with # are advice, not lines to copy.
 */
import t from 'tap'
import { parse, stringify } from 'yaml'
import { loadConfig } from '../../src/config/load.ts'
import { getIn, setIn } from '../../src/config/read/layer.ts'
import type { KeyPath } from '../../src/config/table/key.ts'
import { parseKey } from '../../src/config/table/key.ts'
import { envNames, flagNames } from '../../src/config/table/option.ts'
import { OPTIONS } from '../../src/config/table/options.ts'
import type { ConfigIssue } from '../../src/errors.ts'
import { ConfigError } from '../../src/errors.ts'
import { createAuthority } from '../helpers/certificates.ts'
import { ODD_VALUES } from './documents.ts'

// A minute on a quiet machine.
t.setTimeout(5 * 60_000)

const { cert, key } = createAuthority().issue('localhost')

interface Sources {
  readonly document?: unknown
  readonly env?: Readonly<Record<string, string>>
  readonly argv?: readonly string[]
}

/** Every file is there and holds what belongs in it. */
function issuesOf({ document, env = {}, argv = [] }: Sources): readonly ConfigIssue[] {
  const readFile = (path: string): string => {
    if (path === 'cogate.yaml') return stringify(document)
    if (/jwks|keys/i.test(path)) return '{"keys":[{}]}'
    // What was meant as something else stands where the file of a header is named.
    return path === 'b: 1' ? 'one line' : cert + key
  }
  try {
    loadConfig({ argv: document === undefined ? argv : ['--config', 'cogate.yaml'], env, readFile })
    return []
  } catch (error) {
    if (error instanceof ConfigError) return error.issues
    throw error
  }
}

function clientsFor(path: string): object {
  if (path.endsWith('AnyClient')) return {}
  return path.startsWith('routes') ? { insecureAnyClient: true } : { clientIds: ['client1'] }
}

/** A configuration in which the option may be set. */
function base(path: string): object {
  const pair = { certFile: '/tls.pem', keyFile: '/tls.pem' }
  return {
    tls: { ...pair },
    upstream: path.startsWith('upstream.tls') ? { url: 'https://app', tls: { ...pair } } : {},
    ...(path.startsWith('upstreams[]') && {
      upstreams: [{ name: 'reports', url: 'https://reports', tls: path.includes('.tls.') ? { ...pair } : {} }],
    }),
    rateLimit: { perAddress: '5/s' },
    userPools: [{ id: 'eu-west-1_AbCdEfGhI', ...clientsFor(path) }],
    routes: [{ path: '/a' }],
    identityHeaders: { set: [{ name: 'X-User', claim: 'sub' }] },
  }
}

/** Things people write, beside those that are odd. */
const WRONG: readonly unknown[] = [
  ...ODD_VALUES.filter((value) => typeof value !== 'string' || value.isWellFormed()),
  ...[
    'get',
    'Post, get',
    '"quoted"',
    "'quoted'",
    'a b',
    'api/read api/write',
    '80',
    ':80',
    'localhost',
    '10.0.0.1:8080',
  ],
  ...['tcp://10.0.0.1:8080', 'fastcgi://app:9000', 'http://app:8080/x', 'https://cognito-idp.eu-west-1.amazonaws.com/'],
  ...['/admin/{id}', '/admin/**', 'admin', '*.example.com', 'Admin.Example.com:80', 'eu-west-1-AbCdEfGhI', 'warning'],
  ...['arn:aws:cognito-idp:eu-west-1:123456789012:userpool/eu-west-1_AbC', '100d', '999GiB', '11m', 'X-Forwarded-For'],
  ...[['get', 'post'], ['a b'], ['"q"'], { path: '/x' }, { a: { b: 1 } }, ['/a', 5], 99_999_999],
]

/** A quarter of the values, another one for each key: all of them would take a minute. */
function share<T>(values: readonly T[], at: number): readonly T[] {
  return values.filter((_, index) => (index + at) % 4 === 0)
}

const canFollow = ({ fix }: ConfigIssue) => !fix.startsWith('#') && !fix.includes('…')

function followInFile(document: object, issue: ConfigIssue): void {
  const path = parseKey(issue.key)
  const holder = path.slice(0, -1)
  const written: unknown = parse(issue.fix)
  // Nothing of the mapping is there: the hint is a whole key.
  const whole = issue.source === 'not set' && path.length > 1 ? getIn(written, path) : undefined
  if (whole !== undefined) setIn(document, path, whole)
  else if (Array.isArray(written)) setIn(document, path, written[0])
  else if (typeof written === 'object' && written !== null)
    replaceKey(document, { holder, last: path.at(-1) ?? '', written })
}

function replaceKey(
  document: object,
  { holder, last, written }: { readonly holder: KeyPath; readonly last: string | number; readonly written: object },
): void {
  const mapping = getIn(document, holder)
  if (typeof mapping === 'object' && mapping !== null) Reflect.deleteProperty(mapping, last)
  for (const [name, value] of Object.entries(written)) setIn(document, [...holder, name], value)
}

/**
 * What is wrong with the hints after they were followed, one line each. Two keys in their order, and two items that are the
 * same, are judged only where each value is right by itself.
 */
function describe(before: readonly ConfigIssue[], after: readonly ConfigIssue[]): readonly string[] {
  const [first] = before
  const again = after.filter(
    (next) => before.some(({ key }) => next.key.startsWith(key)) && !/^(?:at most|each \w+ once)\b/.test(next.expected),
  )
  return again.map(({ key, fix }) => `${first?.key}, ${first?.found}, followed: ${first?.fix}, then ${key}: ${fix}`)
}

function tryInFile(path: string, value: unknown): readonly string[] | undefined {
  const document = base(path)
  setIn(document, parseKey(path.replaceAll('[]', '[0]')), structuredClone(value))
  const issues = issuesOf({ document })
  if (issues.length === 0 || !issues.every(canFollow)) return undefined
  for (const issue of issues) followInFile(document, issue)
  return describe(issues, issuesOf({ document }))
}

t.test('a hint for a value in the file is accepted when it is followed (FLD-18)', async (t) => {
  const options = OPTIONS.filter(({ type }) => type.kind !== 'file')
  const tried = options.flatMap(({ path }, at) => share(WRONG, at).map((value) => tryInFile(path, value)))
  t.ok(tried.filter(Boolean).length > 1000, `${tried.filter(Boolean).length} hints were followed`)
  t.same(
    tried.flatMap((faults) => faults ?? []),
    [],
  )
})

/** A shell would read the line so. */
function unquote(word: string): string {
  return word.replaceAll(/'([^']*)'|\\(.)/g, '$1$2')
}

const POOL = { COGATE_USER_POOL_ID: 'eu-west-1_AbCdEfGhI', COGATE_CLIENT_ID: 'client1' }
/** With several items each issue names its own. Without its other half a TLS file has two issues. */
const texts = WRONG.filter((value): value is string => typeof value === 'string' && !/[\0,]/.test(value))
const single = OPTIONS.filter(({ path }) => !/tls|burst|^userPools$|File$|AnyClient/i.test(path))

function tryOutside(name: string, text: string): readonly string[] | undefined {
  const isFlag = name.startsWith('--')
  const sources = isFlag ? { env: POOL, argv: [`${name}=${text}`] } : { env: { ...POOL, [name]: text } }
  const [issue, ...more] = issuesOf(sources)
  if (issue === undefined || more.length > 0 || !canFollow(issue)) return undefined
  const [, written = '', value = ''] = /^([^ =]+)[ =](.*)$/s.exec(issue.fix) ?? []
  const next = isFlag
    ? { env: POOL, argv: [`${written}=${unquote(value)}`] }
    : { env: { ...POOL, [written]: unquote(value) } }
  return describe([issue], issuesOf(next))
}

t.test('a hint for a variable or a flag is accepted when it is followed (FLD-18)', async (t) => {
  const names = single.flatMap((option) => [...envNames(option).slice(-1), ...flagNames(option).slice(-1)])
  const tried = names.flatMap((name, at) => share(texts, at).map((text) => tryOutside(name, text)))
  t.ok(tried.filter(Boolean).length > 1000, `${tried.filter(Boolean).length} hints were followed`)
  t.same(
    tried.flatMap((faults) => faults ?? []),
    [],
  )
})
