import { createHash } from 'node:crypto'
import { Script } from 'node:vm'
import t from 'tap'
import { createStatusPage } from '../../../src/ops/status/page.ts'
import { texts } from '../../../src/ops/status/texts.ts'

const { body, headers } = createStatusPage()
const inside = (tag: string) => new RegExp(`<${tag}>([\\s\\S]*?)</${tag}>`).exec(body)?.[1] ?? ''

t.test('the policy allows its own style and script by their hashes, and nothing else', async (t) => {
  const policy = headers['content-security-policy'] ?? ''
  for (const tag of ['style', 'script']) {
    const hash = createHash('sha256').update(inside(tag)).digest('base64')
    t.ok(policy.includes(`${tag}-src 'sha256-${hash}'`), tag)
  }
  t.match(policy, /^default-src 'none'; /)
  t.match(policy, /connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'$/)
  t.notMatch(policy, /unsafe|\*/)
})

t.test('it is one file: nothing is loaded, and no text is written as HTML', async (t) => {
  t.notMatch(body, /<(?:link|img|iframe)|\bsrc=|url\(|@import|https?:/)
  t.notMatch(inside('script'), /innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function/)
  t.equal(body.split('<script').length, 2)
  t.doesNotThrow(() => new Script(inside('script')))
})

t.test('both languages say everything, with the same places for values', async (t) => {
  const places = (text: string) => [...text.matchAll(/\{\w+\}/g)].map(([place]) => place).toSorted()
  for (const [name, text] of Object.entries(texts.en)) {
    const japanese = texts.ja[name as keyof typeof texts.ja]
    t.same(places(japanese), places(text), name)
    t.notMatch(japanese, /^\s*$/)
  }
})

t.test('every word that the script says is there, and every word there is said', async (t) => {
  const script = inside('script').replace(/const texts = .*/, '')
  const quoted = new Set([...script.matchAll(/'(\w+)'/g)].map(([, word = '']) => word))
  const keys = new Set([...script.matchAll(/(\w+): \[/g)].map(([, word = '']) => word))
  const unsaid = Object.keys(texts.en).filter((name) => !quoted.has(name) && !keys.has(name))
  t.same(
    unsaid,
    ['title', 'language', 'noScript'].filter((name) => !quoted.has(name)),
  )
})
