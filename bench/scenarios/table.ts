/**
 * Every scenario of the bench, in the order of the report. A scenario is data wherever it can be.
 */
import { otherBuildNames, pathAmong } from '../contenders/cogate.ts'
import { contenderNames } from '../contenders.ts'
import { latency } from './latency.ts'
import { type LoadCase, loadScenario } from './load.ts'
import { memory } from './memory.ts'
import type { Scenario } from './scenario.ts'
import { sidecar } from './sidecar.ts'
import { slow } from './slow.ts'
import { start } from './start.ts'
import { transferScenario } from './transfer.ts'
import { websocket } from './websocket.ts'

type Rest = Omit<LoadCase, 'label' | 'contender'>

/** One row for each contender, all alike. */
function rowsOf(contenders: readonly string[], rest: Rest): readonly LoadCase[] {
  return contenders.map((contender) => ({ label: contender, contender, ...rest }))
}

/** One row of each contender for each figure of a series. */
function seriesOf(
  contenders: readonly string[],
  { unit, figures }: { readonly unit: string; readonly figures: readonly number[] },
  restOf: (figure: number) => Rest,
): readonly LoadCase[] {
  return contenders.flatMap((contender) =>
    figures.map((x) => ({ label: `${contender}, ${unit} ${x}`, contender, x, ...restOf(x) })),
  )
}

const peers = ['cogate', 'haproxy', 'recipe']
const main = ['direct', ...peers, ...otherBuildNames]

export const scenarios: readonly Scenario[] = [
  loadScenario({
    name: 'hot',
    title: 'Hot: 1,000 tokens in rotation, 64 connections',
    quick: true,
    cases: rowsOf(contenderNames, { tokens: 'hot' }),
  }),
  loadScenario({
    name: 'many',
    title: 'Many: 20,000 tokens in rotation (3,000 with --quick), 64 connections',
    quick: true,
    cases: rowsOf([...peers, 'recipe-no-cache'], { tokens: 'many' }),
    notes: ['The caches of cogate and recipe take 20,000 entries; cogate’s has a bound in bytes, too.'],
  }),
  loadScenario({
    name: 'tokens',
    title: 'Tokens: from a thousand to as many as the token cache takes',
    cases: seriesOf(['cogate'], { unit: 'tokens', figures: [1000, 5000, 10_000, 20_000] }, (tokenCount) => ({
      tokens: 'many',
      tokenCount,
    })),
    baseline: 'cogate, tokens 1000',
  }),
  loadScenario({
    name: 'cold',
    title: 'Cold: every token is new to the contender',
    quick: true,
    cases: rowsOf(peers, { tokens: 'many', variant: { tokenCacheMaxEntries: 1000 } }),
    notes: [
      'Caches take 1,000 entries, and the tokens of “many” come in rotation: each has been dropped before it comes again.' +
        ' So every request pays for a miss, a verification, an insertion and an eviction.',
    ],
  }),
  loadScenario({
    name: 'public',
    title: 'Public: a route without a token, beside the same gate with hot tokens',
    quick: true,
    cases: [
      { label: 'cogate', contender: 'cogate', path: '/public' },
      { label: 'cogate, hot tokens', contender: 'cogate', tokens: 'hot' },
      { label: 'cogate, a token nobody asked for', contender: 'cogate', tokens: 'hot', path: '/public' },
      { label: 'haproxy', contender: 'haproxy', path: '/public' },
      { label: 'recipe', contender: 'recipe', path: '/public' },
    ],
    notes: ['A public request carries no token: it is 1.1 kB shorter, on both sides of the gate.'],
  }),
  loadScenario({
    name: 'refused-signature',
    title: 'Refused: the signature does not match, the same tokens again and again',
    quick: true,
    cases: rowsOf(peers, { tokens: 'tampered', expect: 'refused' }),
    notes: ['cogate knows a refused token that comes again; the others verify it again.'],
  }),
  loadScenario({
    name: 'refused-new',
    title: 'Refused: the signature does not match, every token new',
    cases: rowsOf(peers, { tokens: 'forged', expect: 'refused' }),
    notes: ['20,000 forged tokens in rotation, too many to know one again.'],
  }),
  loadScenario({
    name: 'refused-kid',
    title: 'Refused: a key the pool does not publish',
    cases: rowsOf(peers, { tokens: 'foreign', expect: 'refused' }),
    notes: ['HAProxy does not look at `kid`: it refuses these tokens by their signature.'],
  }),
  loadScenario({
    name: 'refused-expired',
    title: 'Refused: expired, the same tokens again and again',
    cases: rowsOf(peers, { tokens: 'expired', expect: 'refused' }),
  }),
  loadScenario({
    name: 'post-1k',
    title: 'POST of 1 KiB',
    quick: true,
    cases: rowsOf(main, { tokens: 'hot', bodyBytes: 1024, variant: { upstream: 'node' } }),
  }),
  loadScenario({
    name: 'post-64k',
    title: 'POST of 64 KiB',
    cases: rowsOf(main, { tokens: 'hot', bodyBytes: 65_536, variant: { upstream: 'node' } }),
  }),
  transferScenario('download'),
  transferScenario('upload'),
  loadScenario({
    name: 'routes',
    title: 'Routes: 1, 100 and 1,000 rules; the request meets one in the middle',
    cases: seriesOf(['cogate'], { unit: 'routes', figures: [1, 100, 1000] }, (routes) => ({
      tokens: 'hot',
      path: pathAmong(routes),
      variant: { routes },
    })),
    baseline: 'cogate, routes 1',
  }),
  loadScenario({
    name: 'connections',
    title: 'Connections: 16 to 1,024, hot tokens',
    cases: seriesOf(
      ['cogate', 'haproxy', 'floor'],
      { unit: 'connections', figures: [16, 64, 256, 1024] },
      (connections) => ({ tokens: 'hot', connections }),
    ),
    baseline: 'cogate, connections 16',
  }),
  loadScenario({
    name: 'log',
    title: 'Access log on (to /dev/null), hot tokens',
    quick: true,
    cases: [
      { label: 'cogate', contender: 'cogate', tokens: 'hot' },
      { label: 'cogate, access log', contender: 'cogate', tokens: 'hot', variant: { accessLog: true } },
    ],
  }),
  loadScenario({
    name: 'session-cookie',
    title: 'Sessions: 1,000 sealed cookies in rotation, beside the same tokens as bearers',
    quick: true,
    cases: [
      { label: 'cogate', contender: 'cogate', tokens: 'hot' },
      { label: 'cogate, sign-in on, bearers', contender: 'cogate', tokens: 'hot', variant: { sessions: 'cookie' } },
      { label: 'cogate, session cookies', contender: 'cogate', tokens: 'sessions', variant: { sessions: 'cookie' } },
    ],
    notes: ['A session cookie is three times as long as a bearer token: 3.1 kB.'],
  }),
  loadScenario({
    name: 'session-redis',
    title: 'Sessions in Redis: 1,000 cookies in rotation, beside the same tokens as bearers',
    quick: true,
    cases: [
      { label: 'cogate', contender: 'cogate', tokens: 'hot' },
      {
        label: 'cogate, sessions in Redis',
        contender: 'cogate',
        tokens: 'storedSessions',
        variant: { sessions: 'redis' },
      },
    ],
    notes: ['A gate asks Redis again for a session after 30 seconds; the cookie has 0.2 kB.'],
  }),
  loadScenario({
    name: 'forward-auth',
    title: 'Forward-auth: another proxy asks about the same requests',
    cases: [
      { label: 'cogate', contender: 'cogate', tokens: 'hot', variant: { forwardAuth: true } },
      {
        label: 'cogate, asked',
        contender: 'cogate',
        tokens: 'hot',
        path: '/_cogate/ext-authz/x',
        variant: { forwardAuth: true },
      },
    ],
    notes: ['The request itself is forwarded by the other proxy, whose CPU time is not counted.'],
  }),
  websocket,
  slow,
  latency,
  start,
  memory,
  sidecar,
  loadScenario({
    name: 'workers',
    title: 'Workers: one and two, nothing pinned, hot tokens',
    cases: seriesOf(['cogate'], { unit: 'workers', figures: [1, 2] }, (workers) => ({
      tokens: 'hot',
      variant: { workers, pinned: false },
    })),
    baseline: 'cogate, workers 1',
    notes: ['Gate, upstream and load generator share all cores: with two cores, two workers cannot have both of them.'],
  }),
]

export const scenarioNames: readonly string[] = scenarios.map(({ name }) => name)
