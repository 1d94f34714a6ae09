/** The configurations of docs/in-front-of.md are loaded, each with the lines that the page gives to all of them. */
import t from 'tap'
import { parse } from 'yaml'
import { loadConfig } from '../../src/config/load.ts'
import { readPage } from './pages.ts'

const { blocks } = readPage('docs/in-front-of.md')
const [common = '', ...sections] = blocks.filter(({ language }) => language === 'yaml').map(({ text }) => text)

/** As JSON, which is YAML. Browser sign-in needs a secret besides; the header file is the one of Jupyter. */
function load(section: string) {
  const file = JSON.stringify({ ...(parse(common) as object), ...(parse(section) as object) })
  return loadConfig({
    argv: ['--config', 'cogate.yaml'],
    env: { COGATE_SESSION_SECRETS: 'a secret of thirty-two characters' },
    readFile: (path) => (path === 'cogate.yaml' ? file : 'token SECRET\n'),
  })
}

t.test('every configuration loads together with the lines that belong to all', async (t) => {
  t.equal(sections.length, 16)
  for (const section of sections) t.doesNotThrow(() => load(section), section)
})
