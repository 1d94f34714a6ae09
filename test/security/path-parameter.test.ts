/**
 * Attack: a path is spelled so that the gate compares the claim of a tenant with one part of it, and the service serves another
 * tenant. A green run proves that whatever a service does to a path, in any order, the parameters that it takes are those that
 * the gate has compared.
 */
import fc from 'fast-check'
import t from 'tap'
import type { RouteConfig } from '../../src/config/config.ts'
import { PATH_FORMS } from '../../src/config/config.ts'
import { findOverlaps } from '../../src/config/paths/overlap.ts'
import { compileMatcher } from '../../src/decide/match.ts'
import { lowerLetters } from '../../src/decide/path.ts'
import type { Route } from '../../src/decide/route.ts'
import { canRewrite } from '../../src/decide/route.ts'
import type { Service } from '../helpers/path-services.ts'
import { asRequest, decodes, readAs, service } from '../helpers/path-services.ts'
import { findFor, labelFor, rule } from '../helpers/rules.ts'

const tenantOf = (parameter: string) => ({ claims: { tenant: [parameter] } })
const rules = fc.constantFrom(
  ...[
    rule('/t/:tenant/*', tenantOf(':tenant')),
    rule('/t/:tenant', tenantOf(':tenant')),
    rule('/:tenant/t/*', tenantOf(':tenant')),
    rule('/:tenant/*', tenantOf(':tenant')),
    rule('/t/t/:tenant', { claims: { tenant: [':tenant', 'all'] } }),
    rule('/t/:tenant/:user/*', { claims: { tenant: [':tenant'], sub: [':user'] } }),
    rule('/t/:tenant/*', { ...tenantOf(':tenant'), stripPrefix: '/t' }),
    rule('/:tenant/*', { ...tenantOf(':tenant'), addPrefix: '/t' }),
    rule('/*', { groups: ['admin'] }),
    rule('/*', { auth: 'none' }),
    rule('/t/*', { auth: 'none' }),
  ],
)
const table = fc
  .array(rules, { minLength: 1, maxLength: 4 })
  .filter((list: readonly RouteConfig[]) => findOverlaps(list).length === 0)

const segment = fc.constantFrom(
  ...[
    't',
    'T',
    'acme',
    'other',
    'Acme',
    '42',
    'a.b',
    'caf%C3%A9',
    '%61cme',
    'a%40b',
    '%25',
    '%E9',
    '%2541',
    '%2525',
    ':tenant',
  ],
  ...[
    '',
    '.',
    '..',
    '...',
    '%2e%2e',
    '%252e%252e',
    '..;',
    ';',
    ';x',
    'acme;x',
    'acme%3Bx',
    'acme%2Fother',
    '..%2Fother',
    '%2F',
  ],
  ...[
    '%5Cother',
    '..\\other',
    'acme.',
    'acme%20',
    'acme%20.',
    '%00',
    'acme%00x',
    '%23',
    'acme%3Fx',
    'ac%EF%BD%8De',
    '%EF%BC%8F',
  ],
  ...['%EF%BC%852541', '%EF%BC%8541', '%ef%bc%8e%ef%bc%8e', ';%2F..%2F..%2F%2541', '%C0%AF', 'a+b'],
  ...['', '%0a', 'acme%0Ax', '%20acme', '(S(x))', 'acme::$DATA', 'ac%E2%80%8Cme', 'ac%ffme', '%C2%A5other', 'acme;x;y'],
)
const target = fc
  .tuple(
    fc.constantFrom('/t/acme/', '/t/', '/acme/', '/', '/t/acme/../../t/acme/', '/acme/../../acme/'),
    fc.array(segment, { maxLength: 7 }),
  )
  .map(([start, segments]) => start + segments.join('/'))

/** Whoever allows a plus sign says what the service takes it for, in a parameter too: there would be no e-mail addresses otherwise. */
const isLooked = (form: string) => form !== 'plus'
const forms = fc.subarray([...PATH_FORMS.filter(isLooked)], { maxLength: 3 })

/** The segments as a service takes them: decoded once, where it has not decoded the path. */
function valuesIn(text: string, at: readonly number[], reader: Service): readonly (string | undefined)[] {
  const values = at.map((index) => text.split('/')[index])
  return decodes(reader) ? values : values.map((value) => value && decodeURIComponent(value))
}

interface Served {
  readonly route: Route
  readonly text: string
}

/** The rule that the reading of the service meets, where there is no rewrite: it may be another one that demands the same. */
function serve(
  match: ReturnType<typeof compileMatcher>,
  found: Route,
  url: string,
  reader: Service,
): Served | undefined {
  const text = readAs(reader, url)
  const { path, ...rest } = asRequest(reader.ignoresCase ? lowerLetters(text) : text)
  const ignoring = reader.ignoresCase ? { ignoresCase: true as const } : {}
  const route = match('GET', 'example.com', { path, ...rest, ...ignoring })
  return route && { route: found.rewrite ? found : route, text }
}

function ownPath(url: string): string {
  return url.split('?', 1)[0] ?? ''
}

t.test('the parameters that a service takes are those that were compared', async (t) => {
  let compared = 0
  let distinct = 0
  const property = fc.property(table, target, service, forms, (list, url, reader, allowed) => {
    const match = compileMatcher(list)
    const found = findFor(match, { url }, allowed)
    if (typeof found === 'string' || found === undefined || 'form' in found || !found.compared) return true
    if (found.rewrite && !canRewrite(found.rewrite, url)) return true
    compared++
    const { strip = '', add = '' } = found.rewrite ?? {}
    const seen = found.rewrite ? add + ownPath(url).slice(strip.length) : ownPath(url)
    const served = serve(match, found, seen, reader)
    if (served === undefined) return false
    const shift = add.split('/').length - strip.split('/').length
    const at = (served.route.compared ?? []).map((index) => index + (found.rewrite ? shift : 0))
    const mine = valuesIn(ownPath(url), found.compared, { ...reader, order: [] })
    const theirs = valuesIn(served.text, at, reader)
    if (reader.order.length > 0 && served.text !== seen) distinct++
    return JSON.stringify(mine) === JSON.stringify(theirs)
  })
  t.doesNotThrow(() => fc.assert(property, { seed: 20_261_130, numRuns: Number(process.env['PATH_RUNS'] ?? 5000) }))
  t.ok(compared > 500, `${compared} paths passed and were compared`)
  t.ok(distinct > 50, `${distinct} of them are read in another way`)
})

t.test(
  'a plus sign in a parameter is no space where a rule or paths.allow says so, and ambiguous elsewhere',
  async (t) => {
    const own = rule('/t/:tenant/*', tenantOf(':tenant'))
    const url = '/t/a+b@c.example/x'
    t.match(findFor(compileMatcher([own]), { url }), { form: 'plus' })
    t.equal(labelFor(compileMatcher([own]), { url }, ['plus']), own.path)
    t.equal(labelFor(compileMatcher([{ ...own, paths: { allow: ['plus'] } }]), { url }), own.path)
    t.equal(labelFor(compileMatcher([own, rule('/c++', { auth: 'none' })]), { url }), own.path)
    t.equal(labelFor(compileMatcher([own]), { url: '/t/acme/a+b' }), own.path)
  },
)
