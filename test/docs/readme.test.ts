/**
 * The README is run: demo blocks by bash and curl against the demo, configuration blocks by the loader, tables against
 * the code. Blocks that need npm, AWS or Docker say so in their marker and are parsed.
 */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import type { Test } from 'tap'
import t from 'tap'
import { parse } from 'yaml'
import { helpText } from '../../src/cli/help/help.ts'
import { loadConfig } from '../../src/config/load.ts'
import { envNames } from '../../src/config/table/option.ts'
import { OPTIONS } from '../../src/config/table/options.ts'
import { compileMatcher } from '../../src/decide/match.ts'
import { encodeClaim } from '../../src/headers/encode.ts'
import { presets } from '../../src/headers/presets.ts'
import { startTestGate } from '../helpers/gateway.ts'
import { startTestIssuer } from '../helpers/issuer.ts'
import { findFor } from '../helpers/rules.ts'
import { startUpstream } from '../helpers/upstream.ts'
import type { Block } from './pages.ts'
import {
  loadBlock,
  readAssignments,
  readPage,
  readRepositoryFile,
  readTable,
  readWords,
  withoutBlocks,
} from './pages.ts'
import { missingLines, readSteps, runSteps } from './steps.ts'

const readme = readPage('README.md')
const { scripts } = JSON.parse(readRepositoryFile('package.json')) as { scripts: Record<string, string> }
const variables = new Set(OPTIONS.flatMap((option) => envNames(option)))

const kinds = [
  'console demo',
  'console login',
  'sh needs-npm',
  'sh needs-aws',
  'sh needs-docker',
  'yaml ',
  'yaml kubernetes',
  'js library',
] as const

function blocksOf(kind: (typeof kinds)[number]): readonly Block[] {
  return readme.blocks.filter(({ language, marker }) => `${language} ${marker}` === kind)
}

t.test('every block has a marker that says how it is tested', async (t) => {
  t.same(
    readme.blocks
      .map(({ language, marker }) => `${language} ${marker}`)
      .filter((kind) => !kinds.some((k) => k === kind)),
    [],
  )
  for (const kind of kinds) t.ok(blocksOf(kind).length > 0, `there is a block: ${kind}`)
})

t.test('it is at most 250 lines long', async (t) => {
  const lines = readme.text.trimEnd().split('\n').length
  t.ok(lines <= 250, `${lines} lines`)
})

t.test('the picture has a light and a dark form of the same content, and needs nothing from elsewhere', async (t) => {
  const [dark = '', light = ''] = [...readme.text.matchAll(/(?:srcset|src)="(docs\/images\/[^"]+\.svg)"/g)].map(
    ([, path = '']) => readRepositoryFile(path),
  )
  const colour = /#[0-9a-f]{6}/g
  t.equal(dark.replace(colour, ''), light.replace(colour, ''))
  t.not(dark, light)
  t.notMatch(light, /<script|href=|url\((?!#)|@import/)
  t.match(light, /<title id="title">.+<\/title>/)
  const sent = [...light.matchAll(/>(X-[\w-]+): (?!mallory)/g)].map(([, name]) => name)
  t.ok(sent.length > 2)
  t.same(
    sent.filter((name) => !presets.default.some((header) => header.name === name)),
    [],
  )
})

t.test('the two commands of a fresh machine stand there as they are typed', async (t) => {
  t.match(
    blocksOf('sh needs-npm').map(({ text }) => text),
    ['npm ci && npm run demo\n', 'npm run demo -- --login\n'],
  )
  t.match(readme.text, '`npm ci && npm test`')
  t.match(scripts, { demo: /node dist\/main\.js demo$/, start: /node (?:--\S+ )*dist\/main\.js start$/, test: /^tap/ })
})

for (const [kind, ...flags] of [['console demo'], ['console login', '--login']] as const) {
  t.test(`${['the demo', ...flags].join(' ')} answers its curl lines as the README says`, async (t) => {
    const demo = await startDemo(t, flags)
    for (const block of blocksOf(kind)) {
      const steps = readSteps(demo.relocate(block.text))
      const outputs = await runSteps(steps)
      t.equal(outputs.length, steps.length, 'every command ran')
      for (const [index, { command, expected }] of steps.entries()) {
        t.same(missingLines(expected, outputs[index] ?? ''), [], command)
      }
    }
  })
}

t.test('the demo prints the addresses the README uses when their ports are free', async (t) => {
  const source = readRepositoryFile('src/cli/demo/demo.ts')
  for (const [name, port] of [
    ['gate', 8181],
    ['issuer', 9229],
  ] as const)
    t.match(source, `${name}: ${port}`)
})

/** Other tests may hold the demo's ports, or take one in the moment it starts: then it is started again. */
async function startDemo(t: Test, flags: readonly string[]): Promise<{ relocate: (text: string) => string }> {
  for (let attempt = 1; ; attempt++) {
    const printed = await runDemo(t, flags)
    const gate = /^ {2}gate {2,}(\S+)/m.exec(printed)?.[1]
    const issuer = /^ {2}issuer {2,}(\S+)/m.exec(printed)?.[1]
    if (gate !== undefined && issuer !== undefined) {
      return {
        relocate: (text) => text.replaceAll('http://127.0.0.1:8181', gate).replaceAll('http://127.0.0.1:9229', issuer),
      }
    }
    if (attempt === 3) throw new Error(`the demo did not start: ${printed}`)
  }
}

/** Resolves with what it printed, when it is ready or has ended. */
async function runDemo(t: Test, flags: readonly string[]): Promise<string> {
  const child = spawn(process.execPath, ['src/main.ts', 'demo', ...flags], { stdio: ['ignore', 'pipe', 'pipe'] })
  const exited = once(child, 'exit')
  t.teardown(async () => {
    child.kill('SIGKILL')
    await exited
  })
  let printed = ''
  const ready = new Promise<void>((resolve) => {
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      printed += text
      if (printed.includes('Ctrl-C')) resolve()
    })
  })
  await Promise.race([ready, exited])
  return printed
}

t.test('shell blocks that need AWS or Docker are valid shell and valid configuration', async (t) => {
  for (const block of [...blocksOf('sh needs-aws'), ...blocksOf('sh needs-docker')]) {
    t.equal(spawnSync('bash', ['-n', '-c', block.text]).status, 0, `line ${block.line}: bash reads it`)
    // The one thing in these blocks that the shell makes.
    const env = readAssignments(block.text.replaceAll('$(openssl rand -hex 32)', '0123456789abcdef'.repeat(4)))
    t.ok(Object.keys(env).length >= 3, 'it sets the three variables')
    t.doesNotThrow(() => loadConfig({ argv: [], env }), `line ${block.line}: the loader accepts it`)
  }
})

t.test('the ports of the docker block are those of image and defaults', async (t) => {
  const [block] = blocksOf('sh needs-docker')
  const { config } = loadBlock('{}')
  t.match(block?.text, `-p ${config.listen.port}:${config.listen.port}`)
  t.match(readRepositoryFile('Dockerfile'), `EXPOSE ${config.listen.port} ${config.ops.listen.port}`)
})

t.test('the file block says what the variables say', async (t) => {
  const [shell] = blocksOf('sh needs-aws')
  const file = blocksOf('yaml ').find(({ text }) => text.includes('userPools:'))
  const fromFile = loadBlock(file?.text ?? '').config
  t.same(fromFile, loadConfig({ argv: [], env: readAssignments(shell?.text ?? '') }).config)
})

t.test('configuration blocks load', async (t) => {
  for (const { text, line } of blocksOf('yaml ')) t.doesNotThrow(() => loadBlock(text), `line ${line}`)
})

t.test('the rules do what their comments say', async (t) => {
  const block = blocksOf('yaml ').find(({ text }) => text.startsWith('routes:'))
  const match = compileMatcher(loadBlock(block?.text ?? '').config.routes)
  const route = (method: string, target: string) => {
    const found = findFor(match, { method, host: 'any.example', url: target })
    t.not(typeof found, 'string', target)
    return found
  }
  t.match(route('GET', '/healthz'), { auth: 'none' })
  t.match(route('GET', '/healthz/'), { label: 'default', auth: 'required' })
  t.match(route('GET', '/news/today'), { auth: 'optional' })
  for (const path of ['/admin', '/ADMIN', '/admin/x']) t.match(route('GET', path), { label: '/admin/*' })
  t.match(route('GET', '/orders/7'), { policy: { scopes: ['orders/read'] } })
  t.match(route('PUT', '/orders/7'), { policy: { scopes: ['orders/write'] } })
  t.equal(route('DELETE', '/orders/7'), undefined)
  t.match(route('POST', '/audit/x'), { mode: 'report' })
  t.match(route('GET', '/elsewhere'), { label: 'default', auth: 'required' })
})

t.test('Kubernetes blocks set variables that exist and probe the ops port', async (t) => {
  for (const { text, line } of blocksOf('yaml kubernetes')) {
    const { initContainers } = parse(text) as { initContainers: readonly SidecarContainer[] }
    for (const { env, readinessProbe, restartPolicy } of initContainers) {
      t.equal(restartPolicy, 'Always')
      t.same(
        env.map(({ name }) => name).filter((name) => !variables.has(name)),
        [],
        `line ${line}: variables`,
      )
      const { config } = loadConfig({ argv: [], env: Object.fromEntries(env.map(({ name, value }) => [name, value])) })
      t.same(readinessProbe.httpGet, { path: '/readyz', port: config.ops.listen.port })
    }
  }
})

interface SidecarContainer {
  readonly restartPolicy: string
  readonly env: readonly { readonly name: string; readonly value: string }[]
  readonly readinessProbe: { readonly httpGet: { readonly path: string; readonly port: number } }
}

t.test('every command and script named in the text exists', async (t) => {
  const words = readWords(withoutBlocks(readme.text)).join('\n')
  for (const [, script = ''] of words.matchAll(/npm run (\S+)/g)) t.ok(script in scripts, `npm run ${script}`)
  for (const [, command] of words.matchAll(/dist\/main\.js (\w+)/g)) t.match(helpText(), `cogate ${command} `)
})

const headerRows = readTable(readme.text, '## What the service receives')

t.test('the header table is the default preset', async (t) => {
  t.same(
    headerRows.map(([name = '', claims = '']) => ({ name: readWords(name)[0], claims: readWords(claims) })),
    presets.default.map(({ name, claims }) => ({ name, claims })),
  )
})

t.test('the service receives the headers the table says, for each kind of token', async (t) => {
  const issuer = await startTestIssuer(t)
  const upstream = await startUpstream(t)
  const gate = await startTestGate(t, {
    issuer,
    upstream: upstream.url,
    env: { COGATE_USER_POOL_TOKEN_USE: 'access,id' },
  })
  const groups = ['users']
  const tokens = [
    issuer.mintAccessToken({ groups }),
    issuer.mintM2mToken(),
    issuer.mintIdToken({ groups, claims: { preferred_username: 'al' } }),
  ]
  for (const [index, token] of tokens.entries()) {
    const response = await fetch(gate.url, { headers: { authorization: `Bearer ${token}` } })
    t.equal(response.status, 200)
    const { headers } = (await response.json()) as { headers: Record<string, string> }
    const sent = presets.default.map(({ name }) => name).filter((name) => name.toLowerCase() in headers)
    const promised = headerRows.filter((row) => row[index + 2] !== '').map(([name = '']) => readWords(name)[0])
    t.same(sent, promised)
  }
})

t.test('values are encoded as the README says', async (t) => {
  const plain = { format: 'csv', encoding: 'percent' } as const
  t.match(readme.text, '`Zoë` is sent as `Zo%C3%AB`')
  t.equal(encodeClaim('Zoë', plain), 'Zo%C3%AB')
  t.equal(encodeClaim(['a,b', 'c'], plain), 'a%2Cb,c')
  t.equal(encodeClaim('100%', plain), '100%25')
})
