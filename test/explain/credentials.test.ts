import t from 'tap'
import { withCredentials } from '../../src/decide/runtime.ts'
import { explain } from '../../src/explain/explain.ts'
import { createKeys } from '../../src/issuer/keys.ts'
import { mintAccessToken } from '../../src/issuer/tokens.ts'
import { createCredentials } from '../helpers/credentials.ts'
import { createConfig, createReadyRuntime } from '../helpers/runtime.ts'

const keys = createKeys()

async function startExplaining(...sources: readonly string[]) {
  const { runtime, clock, mint } = await createReadyRuntime({ keys })
  const told = {
    config: createConfig({ credentials: { sources } }),
    runtime: withCredentials(runtime, await createCredentials({ sources })),
  }
  const ask = (path: string, token?: string, lang: 'en' | 'ja' = 'en') =>
    explain(told, { method: 'GET', path, host: 'h', now: clock.now(), lang, ...(token !== undefined && { token }) })
  return { ask, mint }
}

t.test('a token that is given is judged as one that came where it is read', async (t) => {
  const { ask, mint } = await startExplaining('basicPassword')
  t.match(await ask('/', mintAccessToken(mint)), { verdict: 'allow' })
  t.match(await ask('/', 'a.b.c'), { reason: 'token_malformed', finding: 'not_a_jwt' })
})

t.test('without one the text names the places, and query_token is said of a parameter that is not read', async (t) => {
  const { ask } = await startExplaining('basicPassword', 'insecureQuery:tok')
  const missing = await ask('/')
  t.match(missing, { finding: 'header_missing', what: /lists: basicPassword, insecureQuery:tok\.$/ })
  t.match(await ask('/?access_token=x'), { finding: 'query_token', fix: /basicPassword, insecureQuery:tok/ })
  for (const path of ['/', '/?token=x']) {
    const { what, fix } = await ask(path, undefined, 'ja')
    t.match(what + fix, /basicPassword/)
  }
})

t.test('a token in a query that is read is judged, and never shown', async (t) => {
  const { ask, mint } = await startExplaining('bearer', 'insecureQuery:tok')
  const good = mintAccessToken(mint)
  const passes = await ask(`/x?tok=${good}`)
  t.match(passes, { verdict: 'allow', token: { tokenUse: 'access' } })
  const stranger = mintAccessToken({ ...mint, clientId: 'stranger' })
  const refused = await ask(`/x?tok=${stranger}`)
  t.match(refused, { reason: 'client_not_allowed', finding: 'client_not_listed' })
  t.notOk(JSON.stringify([passes, refused]).includes('eyJ'))
  t.match(await ask(`/x?tok=${good}&tok=${good}`), {
    reason: 'credential_conflict',
    steps: [{}, {}, {}, { step: 'credential', outcome: 'refused', detail: 'more than one credential' }],
  })
})
