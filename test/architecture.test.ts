/**
 * The import table of the house: which folder may see which, where each third-party package lives, what only one file
 * may touch. Reads every import of src.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import t from 'tap'

const root = new URL('../src/', import.meta.url).pathname
const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'))

interface Import {
  readonly from: string
  readonly target: string
  readonly local: boolean
  /** Loaded when it is asked for, if at all. */
  readonly lazy: boolean
  /** Of types only: gone at run time. */
  readonly erased: boolean
}

const imports: readonly Import[] = files.flatMap((from) => {
  const text = readFileSync(join(root, from), 'utf8')
  const specifiers = [...text.matchAll(/(?:^|\n)(?:import|export)\s[^'"]*?from\s+'([^']+)'|import\('([^']+)'\)/g)]
  return specifiers.map(([whole, fixed, dynamic]) => {
    const target = fixed ?? dynamic ?? ''
    const local = target.startsWith('.')
    return {
      from,
      target: local ? relative(root, join(root, dirname(from), target)) : target,
      local,
      lazy: fixed === undefined,
      erased: /^\s*(?:import|export) type\s/.test(whole),
    }
  })
})

function folderOf(file: string): string {
  if (file.startsWith('../')) return file
  return file.includes('/') ? file.slice(0, file.indexOf('/')) : file
}

/** One home per third-party package: a folder or a file. */
const homes: Readonly<Record<string, readonly string[]>> = {
  'aws-jwt-verify': ['tokens/claim-rules.ts'],
  'lru-cache': ['tokens/token-cache.ts', 'tokens/refused-tokens.ts', 'limits/rate-limiter.ts'],
  '@fastify/http-proxy': ['proxy/mount.ts'],
  ws: ['proxy/mount.ts', 'proxy/socket-relay.ts', 'proxy/relief.ts', 'proxy/keep-alive.ts'],
  pino: ['log.ts'],
  '@prometheus-io/client': ['ops'],
  'find-my-way': ['routes/match.ts'],
  fastify: ['app.ts', 'upgrade.ts', 'bind.ts', 'ops', 'proxy/mount.ts'],
  yaml: ['config'],
  esbuild: ['cli/build.ts'],
}

/** What a folder may import from src besides itself: folders or files. Whatever is not named is refused. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  routes: ['config', 'policy', 'headers/flat.ts', 'node-http.ts', 'fold-path.ts', 'errors.ts', 'reasons.ts'],
  tokens: ['config', 'reasons.ts'],
  policy: ['config', 'tokens', 'reasons.ts'],
  limits: ['config'],
  headers: ['config', 'tokens'],
  proxy: ['config', 'headers', 'tokens', 'reasons.ts', 'schemaless.ts', 'node-http.ts'],
  ops: ['tokens', 'schemaless.ts'],
  workers: ['start-gate.ts', 'bind.ts', 'ops', 'defects.ts', 'log.ts', 'config', 'errors.ts'],
  config: ['node-http.ts', 'fold-path.ts', 'errors.ts'],
  issuer: [],
}

/** Calls go down the page: a file may use files below it, never one above. */
const page = [
  'main.ts',
  'cli',
  'workers',
  'start-gate.ts',
  'app.ts',
  'upgrade.ts',
  'parse-error.ts',
  'exchange.ts',
  'caller-connection.ts',
  'assemble-gate.ts',
  'gate.ts',
  'record.ts',
  'decide.ts',
  'decision.ts',
  'runtime.ts',
  'respond.ts',
  'routes',
  'policy',
  'limits',
  'proxy',
  'headers',
  'ops',
  'defects.ts',
  'log.ts',
  'gather-lines.ts',
  'key-refresh.ts',
  'loop-watch.ts',
  'in-flight.ts',
  'arrivals.ts',
  'timer.ts',
  'request-id.ts',
  'schemaless.ts',
  'bind.ts',
  'listener.ts',
  'silent-callers.ts',
  'incoming.ts',
  'tokens',
  'issuer',
  'config',
  'node-http.ts',
  'fold-path.ts',
  'errors.ts',
  'reasons.ts',
  '../package.json',
]

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

t.test('every folder sees only what the table names', async (t) => {
  const strays = imports
    .filter(({ local }) => local)
    .filter(({ from, target }) => {
      const allowed = mayImport[folderOf(from)]
      return allowed && folderOf(from) !== folderOf(target) && !isIn(target, allowed)
    })
  t.same(strays, [])
})

t.test('calls go down the page', async (t) => {
  const upward = imports
    .filter(({ local }) => local)
    .filter(({ from, target }) => page.indexOf(folderOf(target)) < page.indexOf(folderOf(from)))
  t.same(upward, [])
  t.same(
    files.map(folderOf).filter((folder) => !page.includes(folder)),
    [],
    'every file has its place on the page',
  )
})

t.test('the local issuer is an island that only the command line reaches', async (t) => {
  const strays = imports.filter(({ from, target }) => folderOf(target) === 'issuer' && folderOf(from) !== 'issuer')
  t.same(
    strays.filter(({ from }) => folderOf(from) !== 'cli'),
    [],
  )
})

t.test('one process knows no cluster, and a primary does not hold what verifies tokens', async (t) => {
  t.same(
    imports.filter(({ target }) => target === 'node:cluster').map(({ from }) => from),
    ['workers/child.ts', 'workers/link.ts'],
  )
  const loads = imports.filter(({ local, lazy, erased }) => local && !lazy && !erased)
  const next = new Map(files.map((file) => [file, loads.filter((i) => i.from === file).map((i) => i.target)]))
  for (const start of ['cli/start.ts', 'start-gate.ts', 'cli/demo.ts']) {
    for (const cluster of ['workers/child.ts', 'workers/link.ts']) t.notOk(reaches(next, start, cluster), start)
  }
  t.ok(reaches(next, 'start-gate.ts', 'tokens/verify.ts'), 'what serves holds it')
  for (const part of ['app.ts', 'proxy/pool.ts', 'tokens/verify.ts', 'tokens/jwks.ts']) {
    t.notOk(reaches(next, 'workers/primary.ts', part), `a primary does not load ${part}`)
  }
})

t.test('node:http is imported where its clients may be loaded with it: not in what serves', async (t) => {
  const strays = imports.filter(({ target, erased }) => !erased && /^(?:node:)?http$/.test(target))
  t.same(strays.map(({ from }) => from).sort(), ['cli/echo.ts', 'issuer/server.ts'])
})

t.test('only a gate that relays WebSockets loads the libraries for it', async (t) => {
  const loads = imports.filter(({ local, lazy, erased }) => local && !lazy && !erased)
  const next = new Map(files.map((file) => [file, loads.filter((i) => i.from === file).map((i) => i.target)]))
  const part = ['proxy/relays.ts', ...(homes['ws'] ?? [])]
  const others = files.filter((file) => !part.includes(file))
  t.same(
    others.filter((file) => part.some((own) => reaches(next, file, own))),
    [],
  )
  t.same(
    imports.filter(({ target }) => target === 'proxy/relays.ts').map(({ from, lazy }) => ({ from, lazy })),
    [{ from: 'assemble-gate.ts', lazy: true }],
  )
})

t.test('there is no cycle, type imports included', async (t) => {
  const next = new Map(
    files.map((file) => [file, imports.filter((i) => i.local && i.from === file).map((i) => i.target)]),
  )
  const cycles = files.filter((file) => reaches(next, file, file))
  t.same(cycles, [])
})

function reaches(next: ReadonlyMap<string, readonly string[]>, from: string, to: string): boolean {
  const seen = new Set<string>()
  const open = [...(next.get(from) ?? [])]
  for (let file = open.pop(); file !== undefined; file = open.pop()) {
    if (file === to) return true
    if (seen.has(file)) continue
    seen.add(file)
    open.push(...(next.get(file) ?? []))
  }
  return false
}

const forbidden = [
  { pattern: /\bprocess\.env\b/, only: ['cli'] },
  { pattern: /\bcreateRequire\b/, only: ['cli/build.ts', 'config/yaml.ts'] },
  { pattern: /\bprocess\.exit\(/, only: ['main.ts'] },
  {
    pattern: /\bsetTimeout|\bsetInterval|\bsetImmediate|\bDate\.now|\bnew Date\(\)|\bprocess\./,
    not: ['routes', 'tokens', 'policy', 'headers', 'limits'],
  },
  { pattern: /(?<![.\w])fetch\(['"`h]/, only: [] },
  { pattern: /^(?:export )?let |^var /m, only: [] },
] as const

t.test('environment, exit, clocks, timers and mutable module state stay where they may be', async (t) => {
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
