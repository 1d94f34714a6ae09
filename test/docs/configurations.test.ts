/**
 * Every configuration that a page shows is loaded, with what the page says beside it: the user pool and the service of
 * the reader, secrets, the address of Redis. So are the values that the text gives to a key.
 */
import { generateKeyPairSync } from 'node:crypto'
import t from 'tap'
import { parse } from 'yaml'
import { loadConfig } from '../../src/config/load.ts'
import { OPTIONS } from '../../src/config/table/options.ts'
import { parseValue } from '../../src/config/table/values.ts'
import { presets } from '../../src/headers/presets.ts'
import { type Block, findFiles, type Page, readPage, readRepositoryFile, readWords, withoutBlocks } from './pages.ts'

const pages = ['README.md', 'README.ja.md', ...findFiles('docs/*.md').toSorted()].map(readPage)
const signingKey = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({
  format: 'pem',
  type: 'pkcs8',
})

type Document = Readonly<Record<string, unknown>>

/** What every reader has. A page shows it once, if at all. */
const reader: Document = {
  userPools: [{ id: 'ap-northeast-1_AbCdEfGhI', clientIds: ['7h57kf5cf8b6sl9rexample'] }],
  upstream: 'http://127.0.0.1:8080',
}

/** Where the configuration stands in a block; undefined: the block holds none. */
const places: Readonly<Record<string, (document: { config: Document; cogate: { config: Document } }) => unknown>> = {
  '': (document) => document,
  values: ({ config }) => config,
  'values-more': ({ config }) => config,
  'sidecar-values': ({ cogate }) => cogate.config,
}

function configurationsOf({ blocks }: Page): readonly { readonly line: number; readonly document: Document }[] {
  const holds = ({ language, marker }: Block) => language === 'yaml' && marker in places
  return blocks.filter(holds).map(({ text, marker, line }) => {
    return { line, document: places[marker]?.(parse(text)) as Document }
  })
}

/** The secrets that a reader was told to make, and no others: one that nothing uses is a mistake. */
function secretsFor({ login, redis, rateLimit, session }: Document): Readonly<Record<string, string>> {
  const asksRedis = redis !== undefined || JSON.stringify(rateLimit ?? {}).includes('redis')
  return {
    ...(login !== undefined && { COGATE_SESSION_SECRETS: 'a secret of thirty-two characters' }),
    ...(asksRedis && { COGATE_REDIS_URL: 'rediss://redis.internal:6379' }),
    ...(JSON.stringify(session ?? {}).includes('redis') && {
      COGATE_SESSION_REDIS_URL: 'rediss://redis.internal:6379',
    }),
  }
}

function load(document: Document): ReturnType<typeof loadConfig> {
  const readFile = (path: string): string => {
    if (path === 'cogate.yaml') return JSON.stringify(document)
    return path.endsWith('keys.pem') ? String(signingKey) : 'one line\n'
  }
  return loadConfig({ argv: ['--config', 'cogate.yaml'], env: secretsFor(document), readFile })
}

for (const page of pages.filter((each) => configurationsOf(each).length > 0)) {
  t.test(`${page.path}: every configuration loads, a part of one together with the first of the page`, async (t) => {
    const [first, ...more] = configurationsOf(page)
    const whole = { ...reader, ...first?.document }
    t.doesNotThrow(() => load(whole), `line ${first?.line}`)
    for (const { line, document } of more) t.doesNotThrow(() => load(join(whole, document)), `line ${line}`)
  })
}

/** A part says only what differs in its mapping. */
function join(whole: Document, part: Document): Document {
  const joined = Object.entries(part).map(([key, value]) => {
    return [key, isMapping(value) && isMapping(whole[key]) ? { ...whole[key], ...value } : value]
  })
  return { ...whole, ...Object.fromEntries(joined) }
}

function isMapping(value: unknown): value is Document {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

t.test('the snippets of forward-auth ask where cogate listens unless it is told otherwise', async (t) => {
  const { port } = load(reader).config.listen
  const files = findFiles('deploy/forward-auth/*').filter((file) => !/\.ya?ml$|\.lua$/.test(file))
  for (const file of [...files, 'deploy/forward-auth/traefik.yaml', 'deploy/forward-auth/envoy.yaml']) {
    const places = [...readRepositoryFile(file).matchAll(/\b(?:cogate|127\.0\.0\.1):(\d+)/g)].map(([, each]) =>
      Number(each),
    )
    t.same(
      [...new Set(places)].filter((each) => each !== 9000),
      [port],
      file,
    )
  }
})

t.test('each snippet of forward-auth sets every identity header of the default preset', async (t) => {
  const names = presets.default.map(({ name }) => name.toLowerCase())
  for (const file of findFiles('deploy/forward-auth/*').filter((file) => !file.endsWith('.cfg'))) {
    const text = readRepositoryFile(file).toLowerCase()
    const isSet = (name: string) =>
      text.includes(name) || (name.startsWith('x-cognito-') && text.includes('prefix: x-cognito-,'))
    t.same(
      names.filter((name) => !isSet(name)),
      [],
      file,
    )
  }
})

t.test('a value that the text gives to a key is one that the key takes', async (t) => {
  let count = 0
  for (const { path, text } of pages) {
    for (const word of readWords(withoutBlocks(text))) {
      const [, key = '', value = ''] = /^(\w+(?:\.\w+)+): (\S.*)$/.exec(word) ?? []
      const option = OPTIONS.find((each) => each.path.replaceAll('[]', '') === key)
      if (option === undefined) continue
      count += 1
      t.same(parseValue(option.type, parse(value)).problems, [], `${path}: ${word}`)
    }
  }
  t.ok(count > 40, `${count} values`)
})
