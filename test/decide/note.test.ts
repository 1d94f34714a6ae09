import fc from 'fast-check'
import t from 'tap'
import type { RouteConfig } from '../../src/config/config.ts'
import { findOverlaps } from '../../src/config/paths/overlap.ts'
import { decide } from '../../src/decide/decide.ts'
import type { Step } from '../../src/decide/decision.ts'
import { compileMatcher } from '../../src/decide/match.ts'
import { readPath } from '../../src/decide/path.ts'
import { readFields } from '../../src/headers/head-fields.ts'
import { createKeys } from '../../src/issuer/keys.ts'
import { mintAccessToken } from '../../src/issuer/tokens.ts'
import { rule } from '../helpers/rules.ts'
import { createReadyRuntime } from '../helpers/runtime.ts'

const keys = createKeys()
const routes: readonly RouteConfig[] = [
  rule('/admin/*', { groups: ['admin'] }),
  rule('/:area/*', { methods: ['POST'] }),
  rule('/public/*', { auth: 'none' }),
]

async function noteSteps(url: string, authorization?: (token: string) => string) {
  const world = await createReadyRuntime({ keys, routes })
  const token = mintAccessToken(world.mint)
  const lines = authorization ? ['Host', 'a', 'Authorization', authorization(token)] : ['Host', 'a']
  const head = { httpVersion: '1.1', method: 'GET', url, fields: readFields(lines) }
  const steps: Step[] = []
  const noted = await decide(world.runtime, head, world.clock.now(), (step) => steps.push(step))
  const silent = await decide(world.runtime, head, world.clock.now())
  return { steps, noted, silent }
}

t.test('the observer hears of each step in order, and changes nothing', async (t) => {
  const cases = [
    ['/admin/7', (token: string) => `Bearer ${token}`, ['head', 'path', 'route', 'credential', 'token', 'policy']],
    ['/admin/7', () => 'Bearer x', ['head', 'path', 'route', 'credential', 'token']],
    ['/admin/7', undefined, ['head', 'path', 'route', 'credential']],
    ['/public/7', undefined, ['head', 'path', 'route']],
    ['/a%zz', undefined, ['head', 'path']],
  ] as const
  for (const [url, authorization, expected] of cases) {
    const { steps, noted, silent } = await noteSteps(url, authorization)
    t.same(
      steps.map(({ step }) => step),
      expected,
      url,
    )
    t.same(noted, silent, 'the same decision with and without it')
  }
})

t.test('the steps say what was found', async (t) => {
  const { steps } = await noteSteps('/admin/7', (token) => `Bearer ${token}`)
  t.match(steps, [
    { step: 'head', facts: { host: 'a' } },
    { step: 'path', path: { folded: '/admin/7' } },
    {
      step: 'route',
      route: { label: '/admin/*' },
      candidates: [
        { path: '/admin/*', isForMethod: true, isForHost: true },
        { path: '/:area/*', isForMethod: false, isForHost: true },
      ],
    },
    { step: 'credential', credential: { kind: 'bearer' } },
    { step: 'token', verification: { kind: 'verified' } },
    { step: 'policy', reason: 'insufficient_group' },
  ])
})

t.test('the rule that applies is among the candidates, whatever the rules and the path', async () => {
  const path = fc.constantFrom('/*', '/a', '/a/*', '/a/:x', '/a/b', '/a/:x/*', '/A/b', '/a%C3%A4/*', '/:x')
  const auth = fc.constantFrom('required' as const, 'none' as const, 'optional' as const)
  const extent = fc.constantFrom({}, { methods: ['GET'] }, { methods: ['POST', 'GET'] }, { host: 'h1' }, { host: 'h2' })
  const config = fc.tuple(path, auth, extent).map(([at, kind, more]) => rule(at, { auth: kind, ...more }))
  const targets = fc.constantFrom('/', '/a', '/A', '/a/', '/a/b', '/a/B', '/a/b/c', '/a%C3%A4/x', '/z', '/a.')
  fc.assert(
    fc.property(
      fc.uniqueArray(config, { selector: (one) => one.path, maxLength: 6 }),
      fc.constantFrom('GET', 'PUT'),
      fc.constantFrom('h1', 'h3'),
      targets,
      (configs, method, host, target) => {
        fc.pre(!isShadowed(configs))
        const match = compileMatcher(configs)
        const canonical = readPath(target)
        if (typeof canonical === 'string') return
        const route = match(method, host, canonical)
        const candidates = match.candidates(method, host, canonical)
        const fitting = candidates.filter(({ isForMethod, isForHost }) => isForMethod && isForHost)
        if (route === undefined) return candidates.length > 0
        return route.label === 'default' || fitting.some(({ path: at }) => at === route.label)
      },
    ),
    { numRuns: 1000 },
  )
})

function isShadowed(configs: readonly RouteConfig[]): boolean {
  return findOverlaps(configs).length > 0
}
