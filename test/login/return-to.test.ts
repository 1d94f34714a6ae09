import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import t from 'tap'
import { createKeys } from '../../src/issuer/keys.ts'
import { safeReturnTo } from '../../src/login/return-to.ts'
import { publicOrigin, startLoginWorld } from '../helpers/login-world.ts'

interface Case {
  readonly id: string
  readonly area: string
  readonly input: { readonly returnTo?: string; readonly returnToInsideState?: string }
  readonly expect: { readonly location?: string }
}

const lines = readFileSync(new URL('../cases/login.jsonl', import.meta.url), 'utf8')
  .trim()
  .split('\n')
const cases = lines.map((line) => JSON.parse(line) as Case).filter(({ area }) => area === 'return-to')
const rules = { origin: publicOrigin, prefix: '/_cogate' }

t.test('a browser comes back to a path of the public origin, and to nothing else', async (t) => {
  for (const { id, input, expect } of cases) {
    const asked = input.returnTo ?? input.returnToInsideState
    if (asked === undefined || expect.location === undefined) continue
    t.equal(publicOrigin + safeReturnTo(asked, rules), expect.location, id)
  }
})

t.test('no text leads to another origin, as the URL standard reads it', async (t) => {
  const piece = fc.oneof(
    fc.constantFrom(
      '/',
      '\\',
      '//',
      '.',
      '..',
      '%2f',
      '%5c',
      '%09',
      '\t',
      '\n',
      '@',
      ':',
      '?',
      '#',
      'evil.example',
      'http:',
      '%',
    ),
    fc.string({ unit: 'binary', maxLength: 6 }),
  )
  const text = fc.array(piece, { maxLength: 8 }).map((pieces) => `/${pieces.join('')}`)
  const property = fc.property(fc.oneof(text, fc.webPath(), fc.string()), (value) => {
    const path = safeReturnTo(value, rules)
    const whole = new URL(publicOrigin + path)
    const relative = new URL(path, `${publicOrigin}/some/page`)
    return whole.origin === publicOrigin && relative.origin === publicOrigin && !whole.pathname.startsWith('//')
  })
  t.doesNotThrow(() => fc.assert(property, { numRuns: 100_000, seed: 20_261_129 }))
})

t.test('the public origin is configured, and the Host of a request changes nothing (return-to-34)', async (t) => {
  const { openBrowser } = await startLoginWorld(t, { keys: createKeys() })
  const browser = openBrowser()
  const headers = { host: 'evil.example', accept: 'text/html' }
  const { location } = await browser.fetch('/x', { headers })
  t.equal(new URL(location).searchParams.get('redirect_uri'), `${publicOrigin}/_cogate/callback`)
  const page = await browser.open(location)
  t.equal(page.url, `${publicOrigin}/x`)
})

t.test('the endpoint takes a path, and a bad one counts as /', async (t) => {
  const { openBrowser } = await startLoginWorld(t, { keys: createKeys() })
  const wanted = { '/a?b=c': '/a?b=c', '//evil.example': '/', '/_cogate/logout': '/', 'https://evil.example/': '/' }
  for (const [asked, reached] of Object.entries(wanted)) {
    const page = await openBrowser().open(`/_cogate/login?${new URLSearchParams({ returnTo: asked })}`)
    t.equal(page.url, publicOrigin + reached, asked)
  }
})

t.test('a longer target keeps its path, and loses its query', async (t) => {
  const short = `/a?q=${'x'.repeat(1019)}`
  t.equal(safeReturnTo(short, rules), short)
  t.equal(safeReturnTo(`${short}x`, rules), '/a')
  t.equal(safeReturnTo(`/a#${short}`, rules), '/a')
  t.equal(safeReturnTo(`/${'a'.repeat(1023)}?q=1`, rules), `/${'a'.repeat(1023)}`)
  t.equal(safeReturnTo(`/${'a'.repeat(1024)}?q=1`, rules), '/')
  t.equal(safeReturnTo(`/_cogate/logout?q=${short}`, rules), '/')
  t.equal(safeReturnTo(`//evil.example?q=${short}`, rules), '/')
  t.equal(safeReturnTo(`/a?q=${'\u0000'.repeat(2000)}`, rules), '/a')
})
