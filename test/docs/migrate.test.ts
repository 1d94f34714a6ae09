/** The pages for teams that come from another gate: what they show for cogate is loaded, and demands what the page says. */
import t from 'tap'
import { parseAllDocuments } from 'yaml'
import { loadConfig } from '../../src/config/load.ts'
import { compileMatcher } from '../../src/decide/match.ts'
import { presets } from '../../src/headers/presets.ts'
import { findFor } from '../helpers/rules.ts'
import { type Page, readPage } from './pages.ts'

const names = ['oauth2-proxy', 'alb', 'istio'] as const

/** The configurations of a page in their order. A sign-in needs a secret besides. */
function load(page: Page) {
  const blocks = page.blocks.filter(({ language, marker }) => language === 'yaml' && marker === '')
  return blocks.map(({ text }) => {
    const env = text.includes('login:') ? { COGATE_SESSION_SECRETS: 'a secret of thirty-two characters' } : {}
    return loadConfig({ argv: ['--config', 'cogate.yaml'], env, readFile: () => text }).config
  })
}

for (const name of names) {
  const page = readPage(`docs/migrate-from-${name}.md`)

  t.test(`from ${name}: the configurations load, and what is not named needs a token`, async (t) => {
    const configs = load(page)
    t.ok(configs.length > 0)
    for (const { routes } of configs) {
      const match = compileMatcher(routes)
      t.match(findFor(match, { method: 'POST', host: 'app.example.com', url: '/orders' }), {
        auth: /^(?:required|login)$/,
      })
    }
  })

  t.test(`from ${name}: it says when to stay, in which order to move, and what is missing`, async (t) => {
    t.match(page.text, /^\*\*Stay with /m)
    t.match(page.text, '## In which order')
    t.match(page.text, '**missing**')
    t.match(readPage('README.md').text, `](docs/migrate-from-${name}.md)`)
  })
}

t.test('from oauth2-proxy: the probe is open for GET alone, and a page leads to the sign-in', async (t) => {
  const [config] = load(readPage('docs/migrate-from-oauth2-proxy.md'))
  const match = compileMatcher(config?.routes ?? [])
  t.match(findFor(match, { method: 'GET', host: 'h', url: '/healthz' }), { auth: 'none' })
  t.match(findFor(match, { method: 'GET', host: 'h', url: '/page' }), { auth: 'login' })
})

t.test('from an ALB: the service gets the headers that the load balancer sent in plain text', async (t) => {
  const page = readPage('docs/migrate-from-alb.md')
  const [config] = load(page)
  t.equal(config?.identityHeaders.preset, 'alb')
  for (const { name } of presets.alb) t.match(page.text, `\`${name.toLowerCase()}\``)
})

t.test('from Istio: the manifests can be read, and the rules demand what the policy demands', async (t) => {
  const page = readPage('docs/migrate-from-istio.md')
  const [istio] = page.blocks.filter(({ marker }) => marker === 'istio')
  const kinds = parseAllDocuments(istio?.text ?? '').map((document) => document.toJS().kind)
  t.same(kinds, ['RequestAuthentication', 'AuthorizationPolicy'])
  const [final, before] = load(page)
  const admin = { method: 'GET', host: 'h', url: '/admin/users' }
  t.match(findFor(compileMatcher(final?.routes ?? []), admin), { policy: { groups: new Set(['admin']) } })
  for (const url of ['/admin/users', '/orders']) {
    t.match(findFor(compileMatcher(before?.routes ?? [], before?.mode), { ...admin, url }), { mode: 'report' })
  }
})
