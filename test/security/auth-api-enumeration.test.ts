/**
 * Attack: find out who has an account, by status, body, headers or time of the answers of the auth API. A green run proves that
 * known and unknown names get the same answers, none of them earlier than the least time.
 */
import t from 'tap'
import { type AuthWorld, startAuthWorld } from '../helpers/auth-world.ts'

const minTimeMs = 100
const password = 'wrong-password'

/** What an attacker would send for a name. */
const questions: Readonly<Record<string, (username: string) => object>> = {
  'sign-in': (username) => ({ username, password }),
  'sign-up': (username) => ({ username, password: 'a-good-password', attributes: { email: 'x@example.com' } }),
  confirm: (username) => ({ username, code: '123456' }),
  resend: (username) => ({ username }),
  forgot: (username) => ({ username }),
  reset: (username) => ({ username, code: '123456', newPassword: 'a-good-password' }),
}

/** Without what differs between any two answers. */
async function seen({ call, openBrowser }: AuthWorld, path: string, body: object) {
  const startedAt = performance.now()
  const { status, headers, json } = await call(openBrowser(), path, body)
  const tookMs = performance.now() - startedAt
  const { date: _date, 'x-request-id': _id, ...rest } = headers
  const { requestId: _request, ...members } = json as { requestId?: string }
  return { answer: { status, headers: rest, members }, tookMs }
}

async function startPool(t: Parameters<typeof startAuthWorld>[0]): Promise<AuthWorld> {
  const world = await startAuthWorld(t, {
    env: (issuer) => ({ COGATE_AUTH_API_ENDPOINT: issuer.url, COGATE_AUTH_API_LIMITS_CODES: '100/s' }),
  })
  const { putUser } = world.issuer.login
  putUser({ username: 'new', password: 'demo-password', email: 'x@example.com', status: 'UNCONFIRMED' })
  putUser({ username: 'old', password: 'demo-password', email: 'x@example.com', status: 'RESET_REQUIRED' })
  putUser({ username: 'off', password: 'demo-password', email: 'x@example.com', disabled: true })
  return world
}

t.test('[api-01, api-03, api-04] users in every state and nobody get the same answers', async (t) => {
  const world = await startPool(t)
  for (const [path, ask] of Object.entries(questions)) {
    const nobody = await seen(world, path, ask(`nobody-at-${path}`))
    for (const username of ['alice', 'new', 'old', 'off']) {
      // Twice: Cognito answers every second question about an unknown user in another way.
      for (let count = 0; count < 2; count++) {
        t.same((await seen(world, path, ask(username))).answer, nobody.answer, `${path} ${username}`)
        t.same(
          (await seen(world, path, ask(`nobody-${count}-${path}-${username}`))).answer,
          nobody.answer,
          `${path} nobody`,
        )
      }
    }
  }
})

t.test('a pool that names unknown users is hidden all the same', async (t) => {
  const world = await startAuthWorld(t, {
    client: { preventUserExistenceErrors: false },
    env: (issuer) => ({ COGATE_AUTH_API_ENDPOINT: issuer.url, COGATE_AUTH_API_LIMITS_CODES: '100/s' }),
  })
  for (const [path, ask] of Object.entries(questions)) {
    const known = await seen(world, path, ask('alice'))
    t.same((await seen(world, path, ask(`nobody-at-${path}`))).answer, known.answer, path)
  }
})

t.test('the right password of an account that is not confirmed is as wrong as any other', async (t) => {
  const world = await startPool(t)
  const nobody = await seen(world, 'sign-in', { username: 'nobody', password })
  for (const username of ['new', 'old', 'off']) {
    const { answer } = await seen(world, 'sign-in', { username, password: 'demo-password' })
    t.same(answer, nobody.answer, username)
  }
})

t.test('no answer comes before the least time, and known names take as long as unknown ones', async (t) => {
  const world = await startPool(t)
  const times = { known: [] as number[], unknown: [] as number[] }
  for (let count = 0; count < 7; count++) {
    world.clock.advance(3_600_000)
    times.known.push((await seen(world, 'sign-in', { username: 'alice', password })).tookMs)
    times.unknown.push((await seen(world, 'sign-in', { username: 'nobody', password })).tookMs)
  }
  const median = (list: readonly number[]) => list.toSorted((a, b) => a - b)[3] ?? 0
  const [known, unknown] = [median(times.known), median(times.unknown)]
  t.comment(`median of sign-in: known ${known.toFixed(1)} ms, unknown ${unknown.toFixed(1)} ms`)
  // A timer of Node may fire a millisecond early.
  t.ok(Math.min(...times.known, ...times.unknown) >= minTimeMs - 1)
  t.ok(Math.abs(known - unknown) < minTimeMs / 2, `the medians differ by ${(known - unknown).toFixed(1)} ms`)
})
