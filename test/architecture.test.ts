/**
 * The house as a test: which room may use which, where each third-party package lives, what only one file may touch. Reads
 * every import of src, those of types included.
 */
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import t from 'tap'
import { house } from './helpers/house.ts'
import { files, imports, reaches, root } from './helpers/imports.ts'

/**
 * `config/load.ts` and `config/render` are the configuration to whoever reads it or shows it; `config/table/addresses.ts`
 * says for all what a loopback address is, `config/table/units.ts` how a duration is written, and `config/issues/nearest.ts`
 * which word is meant by a slip.
 */
const publicIn: Readonly<Record<string, string>> = {
  'config/load.ts': 'config',
  'config/render': 'config',
  'config/table/addresses.ts': 'config',
  'config/table/units.ts': 'config',
  'config/issues/nearest.ts': 'config',
}
const roomNames: readonly string[] = Object.keys(house)

/** The nearest of them: the file itself, or the innermost folder that is a room. */
function roomOf(file: string): string {
  for (let place = file; place !== '.'; place = dirname(place)) if (roomNames.includes(place)) return place
  return file
}

/** One home per third-party package: a folder or a file. */
const homes: Readonly<Record<string, readonly string[]>> = {
  'aws-jwt-verify': ['tokens/claim-rules.ts'],
  'lru-cache': [
    ...['tokens/token-cache.ts', 'tokens/refused-tokens.ts', 'decide/rate-limiter.ts'],
    ...['login/sign-in.ts', 'login/session', 'auth-api/throttle.ts', 'auth-api/aws/identity-pool.ts'],
    'ops/token-signals.ts',
  ],
  oauth4webapi: ['login/oauth/cognito.ts'],
  iovalkey: ['redis/connection.ts'],
  '@fastify/http-proxy': ['upstream/websocket/relay-plugin.ts'],
  ws: ['upstream/websocket/relay-plugin.ts', 'upstream/websocket/socket-relay.ts'],
  pino: ['ops/log.ts'],
  '@prometheus-io/client': ['ops'],
  'find-my-way': ['decide/match.ts'],
  fastify: [
    ...['gate/app.ts', 'gate/endpoints.ts', 'gate/listener', 'process/bind.ts', 'ops'],
    'upstream/websocket/relay-plugin.ts',
    'library',
  ],
  'fastify-plugin': ['library/plugin.ts'],
  '@opentelemetry/api': ['ops/tracing/tracing.ts'],
  '@opentelemetry/exporter-trace-otlp-http': ['ops/tracing/tracing.ts'],
  '@opentelemetry/resources': ['ops/tracing/tracing.ts'],
  '@opentelemetry/sdk-trace': ['ops/tracing/tracing.ts'],
  '@aws-sdk/client-cognito-identity-provider': ['admin'],
  yaml: ['config'],
}

t.ok(
  files.length > 40 && imports.length > 150,
  `the table is read from ${imports.length} imports of ${files.length} files`,
)

t.test('every third-party package stays in its home', async (t) => {
  const strays = imports
    .filter(({ target, local }) => !local && !target.startsWith('node:'))
    .filter(({ from, target }) => {
      const name = target.split('/', target.startsWith('@') ? 2 : 1).join('/')
      return !homes[name]?.some((home) => from === home || from.startsWith(`${home}/`))
    })
  t.same(strays, [])
})

t.test('every room sees only what the house names, which is below it', async (t) => {
  const strays = imports
    .filter(({ local, target }) => local && !target.startsWith('../'))
    .map(({ from, target }) => ({ from: roomOf(from), to: roomOf(target), link: `${from} -> ${target}` }))
    .filter(({ from, to }) => from !== to)
    .filter(({ from, to }) => {
      const seen: readonly string[] = house[from as keyof typeof house] ?? []
      return !seen.includes(to) && !seen.includes(publicIn[to] ?? to)
    })
  t.same(
    strays.map(({ link }) => link),
    [],
  )
  const upward = Object.entries(house).flatMap(([room, below]) =>
    below.filter((other) => roomNames.indexOf(other) <= roomNames.indexOf(room)).map((other) => `${room} -> ${other}`),
  )
  t.same(upward, [], 'the house names only what is below')
})

t.test('every file is in a room, the root holds eight files at most, and no room is crowded', async (t) => {
  t.same(
    files.filter((file) => !roomNames.includes(roomOf(file))),
    [],
  )
  t.ok(files.filter((file) => !file.includes('/')).length <= 8, 'files at the root')
  const crowded = [...Map.groupBy(files, dirname)].filter(([, inside]) => inside.length > 14)
  t.same(
    crowded.map(([folder]) => folder),
    [],
  )
})

t.test('only the command line and the library read package.json', async (t) => {
  t.same(
    [...new Set(imports.filter(({ target }) => target.startsWith('../')).map(({ from }) => dirname(from)))],
    ['cli', 'library'],
  )
})

t.test('the local issuer is an island that only the command line reaches', async (t) => {
  const strays = imports.filter(({ from, target }) => roomOf(target) === 'issuer' && roomOf(from) !== 'issuer')
  t.same(
    strays.filter(({ from }) => roomOf(from) !== 'cli'),
    [],
  )
})

t.test('one process knows no cluster, and a primary does not hold what verifies tokens', async (t) => {
  t.same(
    imports.filter(({ target }) => target === 'node:cluster').map(({ from }) => from),
    ['process/workers/child.ts', 'process/workers/link.ts'],
  )
  const loads = imports.filter(({ local, lazy, erased }) => local && !lazy && !erased)
  const next = new Map(files.map((file) => [file, loads.filter((i) => i.from === file).map((i) => i.target)]))
  for (const start of ['cli/start.ts', 'process/start-gate.ts', 'cli/demo/demo.ts']) {
    for (const cluster of ['process/workers/child.ts', 'process/workers/link.ts'])
      t.notOk(reaches(next, start, cluster), start)
  }
  t.ok(reaches(next, 'process/start-gate.ts', 'tokens/verify.ts'), 'what serves holds it')
  for (const part of ['gate/app.ts', 'upstream/pool.ts', 'tokens/verify.ts', 'tokens/keys/jwks.ts']) {
    t.notOk(reaches(next, 'process/workers/primary.ts', part), `a primary does not load ${part}`)
  }
})

t.test('node:http is imported where its clients may be loaded with it: not in what serves', async (t) => {
  const strays = imports.filter(({ target, erased }) => !erased && /^(?:node:)?http$/.test(target))
  t.same(strays.map(({ from }) => from).sort(), ['cli/demo/echo.ts', 'issuer/server.ts'])
})

t.test('only a gate that relays WebSockets loads the libraries for it', async (t) => {
  const loads = imports.filter(({ local, lazy, erased }) => local && !lazy && !erased)
  const next = new Map(files.map((file) => [file, loads.filter((i) => i.from === file).map((i) => i.target)]))
  const part = ['upstream/websocket/relays.ts', ...(homes['ws'] ?? [])]
  const others = files.filter((file) => !part.includes(file))
  t.same(
    others.filter((file) => part.some((own) => reaches(next, file, own))),
    [],
  )
  t.same(
    imports.filter(({ target }) => target === 'upstream/websocket/relays.ts').map(({ from, lazy }) => ({ from, lazy })),
    [{ from: 'gate/assembly/delivery.ts', lazy: true }],
  )
})

t.test('there is no cycle, type imports included', async (t) => {
  const next = new Map(
    files.map((file) => [file, imports.filter((i) => i.local && i.from === file).map((i) => i.target)]),
  )
  const cycles = files.filter((file) => reaches(next, file, file))
  t.same(cycles, [])
})

const forbidden = [
  // The library has no command line; it hands the variables on, of which those of the proxy are read.
  { pattern: /\bprocess\.env\b/, only: ['cli', 'library/plugin.ts'] },
  { pattern: /\bcreateRequire\b/, only: ['config/yaml.ts'] },
  { pattern: /\bprocess\.exit\(/, only: ['main.ts'] },
  {
    pattern: /\bsetTimeout|\bsetInterval|\bsetImmediate|\bDate\.now|\bnew Date\(\)|\bprocess\./,
    not: ['decide', 'tokens', 'headers'],
  },
  { pattern: /(?<![.\w])fetch\(['"`h]/, only: [] },
  { pattern: /^(?:export )?let |^var /m, only: [] },
  { pattern: /'127\.'|127\\\.|'\[?::1\]?'/, only: ['config/table/addresses.ts', 'issuer/server.ts'] },
] as const

t.test('environment, exit, clocks, timers, mutable state and the loopback rule stay where they may be', async (t) => {
  const strays = files.flatMap((file) => {
    const code = readFileSync(join(root, file), 'utf8').replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '')
    return forbidden
      .filter((rule) => ('only' in rule ? !isIn(file, rule.only) : isIn(file, rule.not)))
      .filter(({ pattern }) => pattern.test(code))
      .map(({ pattern }) => `${file}: ${pattern}`)
  })
  t.same(strays, [])
})

function isIn(file: string, places: readonly string[]): boolean {
  return places.some((place) => file === place || file.startsWith(`${place}/`))
}
