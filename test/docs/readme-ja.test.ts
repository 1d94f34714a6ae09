/** README.ja.md says what README.md says: the same commands, tables, headings, links and words of the program, part by part. */
import type { Test } from 'tap'
import t from 'tap'
import { type Page, readPage, readWords, withoutBlocks } from './pages.ts'

const english = readPage('README.md')
const japanese = readPage('README.ja.md')

t.test('commands, configurations and outputs are the same, in the same order', async (t) => {
  const blocks = ({ blocks }: Page) => blocks.map(({ language, marker, text }) => ({ language, marker, text }))
  t.same(blocks(japanese), blocks(english))
})

t.test('there are as many headings of each level, in the same order', async (t) => {
  t.same(levels(japanese), levels(english))
})

function levels(page: Page): readonly number[] {
  return [...withoutBlocks(page.text).matchAll(/^(#+) /gm)].map(([, signs = '']) => signs.length)
}

/** The text below each heading. */
function partsOf(page: Page): readonly string[] {
  return withoutBlocks(page.text).split(/^#+ .+$/m)
}

/** `see` looks at one part. */
function compare(t: Test, see: (part: string, page: Page) => unknown): void {
  const [ours, theirs] = [partsOf(japanese), partsOf(english)]
  for (const [index, part] of theirs.entries()) {
    t.same(see(ours[index] ?? '', japanese), see(part, english), `part ${index}`)
  }
}

t.test('links lead to the same places', async (t) => {
  compare(t, (part, page) =>
    [...part.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => placeOf(link, page)).toSorted(),
  )
})

/** A page that has a Japanese form may be linked in that form; a heading of the page itself is known by its number. */
function placeOf(link: string, page: Page): string {
  if (link.startsWith('#')) return `#${[...page.anchors].indexOf(link.slice(1))}`
  return link.replace(/\.ja(?=\.md)/, '').replace(/^README\.md$/, 'the other language')
}

t.test('tables have the same rows and columns', async (t) => {
  compare(t, (part) =>
    part
      .split('\n')
      .filter((line) => line.startsWith('|'))
      .map((line) => line.split('|').map((cell) => readWords(cell).join(' ') + (cell.trim() === '' ? 'empty' : ''))),
  )
})

t.test('lists have as many items, and every word of the program is there', async (t) => {
  compare(t, (part) => ({
    items: [...part.matchAll(/^- /gm)].length,
    words: readWords(part).toSorted(),
    pictures: [...part.matchAll(/(?:src|srcset)="([^"]+)"/g)].map(([, path]) => path),
  }))
})

t.test('it is in polite Japanese', async (t) => {
  const prose = withoutBlocks(japanese.text)
  const polite = [...prose.matchAll(/(?:です|ます|ません|ください|ましょう)(?:。|$)/gm)].length
  t.ok(polite > 40, `${polite} sentences`)
  t.notMatch(prose, /(?:である|だ|ではない|する)。/)
})
