/** What `cogate explain` tells to do where the reason alone says what was found. */
import t from 'tap'
import { adviceOn } from '../../src/explain/advice.ts'
import { explain, type Question } from '../../src/explain/explain.ts'
import { createKeys } from '../../src/issuer/keys.ts'
import { mintAccessToken, mintM2mToken } from '../../src/issuer/tokens.ts'
import { rule } from '../helpers/rules.ts'
import { createConfig, createReadyRuntime } from '../helpers/runtime.ts'

const routes = [
  rule('/*', {}),
  rule('/post', { methods: ['POST'], groups: ['staff'] }),
  rule('/people/*', { subject: 'user' }),
  rule('/machines/*', { subject: 'machine' }),
  rule('/clients/*', { clientIds: ['another'] }),
  rule('/pools/*', { userPools: ['eu-west-1_ANOTHER1'] }),
  rule('/id/*', { tokenUse: ['id'] }),
  rule('/t/:tenant/*', { claims: { tenant: [':tenant'] } }),
  rule('/fresh/*', { maxAuthAgeMs: 1 }),
]
const { runtime, clock, mint } = await createReadyRuntime({ keys: createKeys(), routes })
const config = createConfig({ routes })
const person = mintAccessToken(mint, { username: 'bob' })
const machine = mintM2mToken(mint, { scope: 'a/b' })

function ask(question: Partial<Question>) {
  const asked = { method: 'GET', path: '/', host: 'app.example.com', token: person, lang: 'en', ...question } as const
  return explain({ config, runtime }, { ...asked, now: clock.now() + 2000 })
}

const cases: readonly (readonly [reason: string, question: Partial<Question>, fix: RegExp])[] = [
  ['request_malformed', { method: 'get' }, /method in capitals/],
  ['request_malformed', { host: 'http://a/' }, /app\.example\.com/],
  ['method_not_allowed', { method: 'TRACE' }, /TRACE/],
  ['path_ambiguous', { path: '/a b' }, /percent-encoded/],
  ['url_too_long', { path: `/${'a'.repeat(9000)}` }, /limits\.url/],
  ['route_not_found', { path: '/post' }, /methods/],
  ['endpoint_not_found', { path: '/_cogate' }, /endpoints\.prefix/],
  ['machine_not_allowed', { path: '/people/x', token: machine }, /token of a user/],
  ['machine_required', { path: '/machines/x' }, /client credentials/],
  ['client_not_allowed_here', { path: '/clients/x' }, /clientIds/],
  ['user_pool_not_allowed_here', { path: '/pools/x' }, /userPools/],
  ['token_use_not_allowed', { path: '/id/x' }, /tokenUse/],
  ['insufficient_claims', { path: '/t/a/x' }, /--show-claims/],
  ['reauthentication_required', { path: '/fresh/x' }, /Sign in again/],
]

for (const [reason, question, fix] of cases) {
  t.test(
    `${reason} of ${question.method ?? 'GET'} ${question.path?.slice(0, 20) ?? question.host ?? ''} says what to do`,
    async (t) => {
      const told = await ask(question)
      t.match(told, { reason, finding: undefined, fix })
      const inJapanese = await ask({ ...question, lang: 'ja' })
      t.match(inJapanese.what, /[ぁ-ん]/)
      t.match(inJapanese.fix, /[ぁ-ん]/)
      const names = (text: string) => new Set(text.match(/(?:--)?[a-z]+(?:[A-Z.][A-Za-z]+)+|--[a-z-]+|TRACE/g))
      t.same(names(inJapanese.fix), names(told.fix), 'the same keys and flags in both languages')
    },
  )
}

t.test(
  'two rules that one path meets are named, and a refusal without advice names its word and the page',
  async (t) => {
    const ambiguous = await ask({ path: '/machines/..%2fpeople/y', lang: 'ja' })
    t.match(ambiguous, {
      reason: 'path_ambiguous',
      what: /[ぁ-ん]/,
      fix: /^let the rules \/machines\/\* and \/people\/\*/,
    })
    for (const lang of ['en', 'ja'] as const) {
      const fix = 'docs/operations.md#troubleshooting-by-reason has a line for overloaded.'
      t.match(await adviceOn('overloaded', lang), { fix })
    }
  },
)

t.test("an endpoint of the gate is told in the reader's language", async (t) => {
  const path = '/_cogate/login'
  t.match(await ask({ path }), { reason: 'allowed', what: /cogate's own/, fix: /404 endpoint_not_found/ })
  t.match(await ask({ path, lang: 'ja' }), { what: /[ぁ-ん]/, fix: /404 endpoint_not_found/ })
})
