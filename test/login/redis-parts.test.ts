/** The parts of sessions in Redis that need none. */
import t from 'tap'
import { CognitoError } from '../../src/login/oauth/cognito.ts'
import { compileCookies, sessionTexts } from '../../src/login/session/cookies.ts'
import { newHandle, openHandle, sealHandle } from '../../src/login/session/redis/handle.ts'
import { untilReachable } from '../../src/login/session/redis/until-reachable.ts'
import { Refresher } from '../../src/login/session/refresher.ts'
import { compileSealer } from '../../src/login/session/seal.ts'
import { SessionEnds } from '../../src/login/session/session-ends.ts'
import { StoreAway } from '../../src/redis/store-away.ts'
import { createClock } from '../helpers/clock.ts'

const secrets = ['a secret for tests that is long enough to be one', 'an old secret for tests, long enough to be one']
const cookies = compileCookies({ cookieName: 'cogate', sameSite: 'lax', secure: true })
const sealer = compileSealer(secrets, 'session handle')

t.test('a cookie opens to the id and the key that were sealed, and no cookie is like another', async (t) => {
  const handle = newHandle()
  const [text = ''] = sealHandle(handle, sealer, cookies)
  t.same(openHandle(text, sealer, cookies), handle)
  t.not(sealHandle(handle, sealer, cookies)[0], text)
  const [aged = ''] = sealHandle(handle, compileSealer(secrets.slice(1), 'session handle'), cookies)
  t.same(openHandle(aged, sealer, cookies), { ...handle, isCurrent: false })
  const ids = new Set(Array.from({ length: 100 }, () => newHandle().sid))
  t.equal(ids.size, 100)
})

t.test('a cookie with any character changed does not open, nor one of another store', async (t) => {
  const [text = ''] = sealHandle(newHandle(), sealer, cookies)
  for (let index = 0; index < text.length; index++) {
    const other = text[index] === 'A' ? 'B' : 'A'
    const changed = text.slice(0, index) + other + text.slice(index + 1)
    const texts = sessionTexts(`${cookies.names.session}=${changed}`, cookies.names)
    t.same(
      texts.flatMap((each) => openHandle(each, sealer, cookies) ?? []),
      [],
    )
  }
  t.equal(openHandle(text.slice(0, -1), sealer, cookies), undefined)
  const [foreign = ''] = sealHandle(newHandle(), compileSealer(secrets, 'session'), cookies)
  t.equal(openHandle(foreign, sealer, cookies), undefined)
  t.equal(openHandle(`1~${sealer.seal(Buffer.alloc(63), '__Host-cogate 1')}`, sealer, cookies), undefined)
})

t.test('what must not be lost is tried again with growing pauses, for about ten minutes', async (t) => {
  const pauses: number[] = []
  const wait = async (ms: number) => void pauses.push(ms)
  const failing = async () => {
    throw new StoreAway('away')
  }
  await t.rejects(untilReachable(failing, wait), StoreAway)
  t.same(pauses.slice(0, 6), [250, 500, 1000, 2000, 4000, 5000])
  const sum = pauses.reduce((all, pause) => all + pause, 0)
  t.ok(sum > 9 * 60_000 && sum < 11 * 60_000)
  const left = [1, 2]
  const recovering = async () => (left.pop() === undefined ? 'done' : failing())
  t.equal(await untilReachable(recovering, wait), 'done')
  await t.rejects(
    untilReachable(async () => {
      throw new TypeError('a mistake of ours')
    }, wait),
    TypeError,
  )
})

t.test('who listens for the end of a session hears of that one alone, until it forgets', async (t) => {
  const ends = new SessionEnds()
  const heard: string[] = []
  const forget = ends.listen(['a'], () => void heard.push('first'))
  ends.listen(['a'], () => void heard.push('second'))
  ends.listen(['b'], () => void heard.push('other'))
  t.equal(ends.listenedCount, 2)
  ends.add(['a'])
  forget()
  forget()
  ends.tell(['a'])
  ends.tell(['nobody'])
  t.same(heard, ['first', 'second', 'second'])
  t.same([ends.has('a'), ends.has('b'), ends.has('nobody')], [true, false, false])
})

t.test('a refresh token pauses after a failure, for five seconds at first', async (t) => {
  const clock = createClock()
  const failures = [new CognitoError('unavailable', 'HTTP 503'), new CognitoError('unavailable', 'HTTP 503')]
  const refresher = new Refresher({
    async refresh() {
      const failure = failures.pop()
      if (failure) throw failure
      return { accessToken: 'a', idToken: undefined, refreshToken: undefined }
    },
    now: clock.now,
    onResult: () => undefined,
  })
  t.equal(refresher.isPausing('token'), false, 'never asked')
  for (const pauseMs of [5000, 10_000]) {
    await refresher.refresh('token')
    t.equal(refresher.isPausing('token'), true)
    clock.advance(pauseMs)
    t.equal(refresher.isPausing('token'), false)
  }
  await refresher.refresh('token')
  t.equal(refresher.isPausing('token'), false, 'it was renewed')
})

t.test('a clock that is set back during a pause does not prolong it', async (t) => {
  const clock = createClock()
  const failures = [new CognitoError('unavailable', 'HTTP 503')]
  const refresher = new Refresher({
    async refresh() {
      const failure = failures.pop()
      if (failure) throw failure
      return { accessToken: 'a', idToken: undefined, refreshToken: 'next' }
    },
    now: clock.now,
    onResult: () => undefined,
  })
  t.equal((await refresher.refresh('token')).kind, 'failed')
  clock.advance(-3_600_000)
  t.equal(refresher.isPausing('token'), false)
  t.equal((await refresher.refresh('token')).kind, 'tokens')
  clock.advance(-3_600_000)
  failures.push(new CognitoError('refused', 'invalid_grant'))
  t.equal((await refresher.refresh('token')).kind, 'tokens', 'it is spent, and nobody asks with it again')
})

t.test(
  'after an outage fifty renewals run at once, and the others are told to come again without a pause',
  async (t) => {
    const asked: (() => void)[] = []
    const refresher = new Refresher({
      refresh: () =>
        new Promise((resolve) => {
          asked.push(() => resolve({ accessToken: 'a', idToken: undefined, refreshToken: undefined }))
        }),
      now: createClock().now,
      onResult: () => undefined,
    })
    const results = Array.from({ length: 60 }, (_, index) => refresher.refresh(`token ${index}`))
    t.equal(asked.length, 50)
    t.same(new Set((await Promise.all(results.slice(50))).map(({ kind }) => kind)), new Set(['failed']))
    for (const answer of asked.splice(0)) answer()
    t.same(new Set((await Promise.all(results.slice(0, 50))).map(({ kind }) => kind)), new Set(['tokens']))
    t.equal(refresher.isPausing('token 59'), false)
    const again = refresher.refresh('token 59')
    asked[0]?.()
    t.equal((await again).kind, 'tokens')
  },
)
