import t from 'tap'
import type { RouteConfig } from '../../src/config/config.ts'
import { decide } from '../../src/decide/decide.ts'
import type { SessionVerdict } from '../../src/decide/decision.ts'
import { withCredentials } from '../../src/decide/runtime.ts'
import { readFields } from '../../src/headers/head-fields.ts'
import { createKeys } from '../../src/issuer/keys.ts'
import { mintAccessToken } from '../../src/issuer/tokens.ts'
import { createCaller } from '../helpers/caller.ts'
import { createCredentials } from '../helpers/credentials.ts'
import { rule } from '../helpers/rules.ts'
import { createReadyRuntime } from '../helpers/runtime.ts'

const keys = createKeys()
const caller = createCaller({ 'cognito:groups': ['staff'] })
const open: SessionVerdict = { kind: 'open', caller, cookies: ['a=1'] }
const expired: SessionVerdict = { kind: 'refused', reason: 'session_expired', cookies: ['a=; Max-Age=0'] }

async function ask(routes: readonly RouteConfig[], verdict: SessionVerdict, headers: readonly string[] = []) {
  const { runtime, clock } = await createReadyRuntime({ keys, routes })
  const fields = readFields(['Host', 'h', ...headers])
  const head = { httpVersion: '1.1', method: 'GET', url: '/x', fields }
  return decide({ ...runtime, sessions: { open: () => verdict } }, head, clock.now())
}

const login = (path: string, more: Partial<RouteConfig> = {}) => rule(path, { auth: 'login', ...more })

t.test('a session is a caller like any other, and its cookies go on with the answer', async (t) => {
  t.match(await ask([login('/*')], open), { kind: 'allow', session: true, caller, cookies: ['a=1'] })
  const refused = await ask([login('/*', { groups: ['admin'] })], open)
  t.match(refused, { kind: 'refuse', reason: 'insufficient_group', cookies: ['a=1'] })
})

t.test('the observer hears of the session', async (t) => {
  const { runtime, clock } = await createReadyRuntime({ keys, routes: [login('/*')] })
  const steps: string[] = []
  const head = { method: 'GET', url: '/x', fields: readFields(['Host', 'h']) }
  await decide({ ...runtime, sessions: { open: () => open } }, head, clock.now(), ({ step }) => steps.push(step))
  t.same(steps, ['head', 'path', 'route', 'credential', 'session', 'token', 'policy'])
})

t.test('no session, or one that has ended, is what the route makes of it', async (t) => {
  const none: SessionVerdict = { kind: 'none' }
  t.match(await ask([login('/*')], none), { kind: 'login', reason: 'login_required' })
  t.match(await ask([rule('/*')], none), { kind: 'refuse', reason: 'token_missing' })
  t.match(await ask([login('/*')], expired), { kind: 'login', reason: 'session_expired', cookies: ['a=; Max-Age=0'] })
  t.match(await ask([rule('/*')], expired), { kind: 'refuse', reason: 'session_expired' })
  t.match(await ask([rule('/*', { auth: 'optional' })], expired), { kind: 'allow', caller: undefined })
  t.match(await ask([login('/*', { mode: 'report' })], none), { kind: 'allow', reported: 'login_required' })
})

t.test('a session that cannot be judged, or that another site uses, lets nobody in', async (t) => {
  for (const reason of ['session_unavailable', 'revocation_unavailable', 'cross_site_request'] as const) {
    const verdict: SessionVerdict = { kind: 'refused', reason, cookies: undefined }
    for (const auth of ['required', 'login', 'optional'] as const) {
      t.match(await ask([rule('/*', { auth })], verdict), { kind: 'refuse', reason }, `${reason} ${auth}`)
    }
  }
})

t.test('a sign-in that is too weak is a way to the sign-in where the route has one', async (t) => {
  t.match(await ask([login('/*', { acr: ['high'] })], open), { kind: 'login', reason: 'reauthentication_required' })
  t.match(await ask([rule('/*', { acr: ['high'] })], open), { kind: 'refuse', reason: 'reauthentication_required' })
})

t.test('a second target sends nobody to the sign-in', async (t) => {
  const routes = [rule('/x', { auth: 'none' }), login('/private/*')]
  const decision = await ask(routes, { kind: 'none' }, ['Destination', '/private/a'])
  t.match(decision, { kind: 'refuse', reason: 'login_required', second: 'Destination' })
})

t.test('a caller that only a second target asks for is counted there', async (t) => {
  const routes = [rule('/x', { auth: 'none' }), rule('/private/*')]
  const rateLimit = { perSubject: { requests: 1, periodMs: 60_000 } }
  const { runtime, clock } = await createReadyRuntime({ keys, routes, rateLimit })
  const head = { method: 'GET', url: '/x', fields: readFields(['Host', 'h', 'Destination', '/private/a']) }
  const limited = { ...runtime, sessions: { open: () => open } }
  t.match(await decide(limited, head, clock.now()), { kind: 'allow' })
  t.match(await decide(limited, head, clock.now()), { kind: 'refuse', reason: 'rate_limited' })
})

t.test('a token counts alone beside a session, wherever it is, and two tokens are none', async (t) => {
  const credentials = await createCredentials({ sources: ['bearer', 'cookie:tok'] })
  const { runtime, clock, mint } = await createReadyRuntime({ keys, routes: [login('/*')] })
  const askWith = (...lines: readonly string[]) => {
    const head = { httpVersion: '1.1', method: 'GET', url: '/x', fields: readFields(['Host', 'h', ...lines]) }
    return decide({ ...withCredentials(runtime, credentials), sessions: { open: () => open } }, head, clock.now())
  }
  const token = mintAccessToken(mint)
  for (const line of [
    ['Authorization', `Bearer ${token}`],
    ['Cookie', `tok=${token}`],
  ]) {
    const decision = await askWith(...line)
    t.match(decision, { kind: 'allow', caller: { token } }, line.join(' '))
    t.notOk('session' in decision)
  }
  t.match(await askWith(), { kind: 'allow', session: true })
  t.match(await askWith('Cookie', 'tok=wrong'), { kind: 'refuse', reason: 'token_malformed' })
  t.match(await askWith('Cookie', `tok=${token}`, 'Authorization', `Bearer ${token}`), {
    kind: 'refuse',
    reason: 'credential_conflict',
  })
})

t.test('a session is counted by limits that answer later, and its cookies go on with either answer', async (t) => {
  const rateLimit = { perSubject: { requests: 1, periodMs: 60_000 } }
  const { runtime, clock } = await createReadyRuntime({ keys, routes: [login('/*')], rateLimit })
  const { subject } = runtime.rates
  const rates = {
    ...runtime.rates,
    subject: subject && { take: async (...asked: [string, number]) => subject.take(...asked) },
  }
  const head = { method: 'GET', url: '/x', fields: readFields(['Host', 'h']) }
  const ask = () => decide({ ...runtime, rates, sessions: { open: () => open } }, head, clock.now())
  t.match(await ask(), { kind: 'allow', session: true, cookies: ['a=1'] })
  t.match(await ask(), { kind: 'refuse', reason: 'rate_limited', cookies: ['a=1'] })
})

t.test(
  'the cookies of a renewed session go on where a second target is refused, or is the first that has a session',
  async (t) => {
    const routes = [login('/x'), login('/only/*', { methods: ['GET'] }), rule('/open/*', { auth: 'none' }), login('/y')]
    const { runtime, clock } = await createReadyRuntime({ keys, routes })
    const move = (url: string, destination: string) => {
      const head = { method: 'MOVE', url, fields: readFields(['Host', 'h', 'Destination', destination]) }
      return decide({ ...runtime, sessions: { open: () => open } }, head, clock.now())
    }
    for (const destination of ['foo', '/only/y', '/admin/../x', '/x%zz']) {
      t.match(await move('/x', destination), { kind: 'refuse', cookies: ['a=1'] }, destination)
    }
    t.match(await move('/x', '/y'), { kind: 'allow', cookies: ['a=1'] })
    t.match(await move('/open/x', '/y'), { kind: 'allow', cookies: ['a=1'] })
  },
)
