/**
 * Two gates as processes behind HAProxy with one Redis: the holder of a renewal stops or dies, Redis stops, freezes or
 * forgets, secrets are rotated under load. Nobody is signed out who should not be. The counts are printed.
 */
import t, { type Test } from 'tap'
import { createKeys } from '../../src/issuer/keys.ts'
import { haproxyVersion, startHaproxy } from '../helpers/haproxy.ts'
import { findFreePort } from '../helpers/listen.ts'
import type { Browser, LoginWorldOptions } from '../helpers/login-world.ts'
import { sameOriginFetch } from '../helpers/login-world.ts'
import { skipRedis } from '../helpers/redis.ts'
import { startRedisWorld } from '../helpers/redis-world.ts'

const keys = createKeys()
const skip = skipRedis || (haproxyVersion() === undefined && 'haproxy is not installed (apt-get install haproxy)')
const fetchOptions = { headers: sameOriginFetch }
/** The shortest life that leaves time for a round. */
const tokenSeconds = 3

type Rotation = NonNullable<LoginWorldOptions['client']>['refreshTokenRotation']

/** The clock is that of the machine, as in the processes. */
function startWorld(t: Test, refreshTokenRotation: Rotation, env = {}) {
  const client = { tokenSeconds, refreshTokenRotation }
  const all = { COGATE_CLOCK_TOLERANCE: '0s', ...env }
  return startRedisWorld(t, { keys, client, clock: { now: Date.now, advance() {}, set() {} }, env: all })
}

type World = Awaited<ReturnType<typeof startWorld>>

const urlOf = ({ port }: { readonly port: number }) => `http://127.0.0.1:${port}`

/** Waits by asking Redis: time passes there too. */
async function until({ redis }: World, time: number): Promise<void> {
  while (Date.now() < time) await redis.client.ping()
}

async function expiryOf(browser: Browser): Promise<number> {
  return Date.parse(JSON.parse((await browser.fetch('/_cogate/session', fetchOptions)).body).expiresAt)
}

/** By status, and by the word of an answer that is no success. */
class Counts {
  readonly #counts = new Map<string, number>()

  add({ status, body }: { readonly status: number; readonly body: string }): void {
    const code = status < 400 ? '' : ` ${/"code":"(\w+)"/.exec(body)?.[1] ?? ''}`
    const key = `${status}${code}`.trim()
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1)
  }

  of(key: string): number {
    return this.#counts.get(key) ?? 0
  }

  /** Answers that tell somebody to sign in. */
  get signedOut(): number {
    return [...this.#counts].reduce((sum, [key, count]) => (/^(?:302|401)/.test(key) ? sum + count : sum), 0)
  }

  toString(): string {
    return [...this.#counts].map(([key, count]) => `${key}: ${count}`).join(', ')
  }
}

/** Every browser asks again and again until `stop`. */
function startLoad(browsers: readonly Browser[]) {
  const counts = new Counts()
  const state = { isOn: true }
  const loops = browsers.map(async (browser) => {
    while (state.isOn) counts.add(await browser.fetch('/', fetchOptions).catch(() => ({ status: 599, body: '' })))
  })
  return {
    counts,
    async stop() {
      state.isOn = false
      await Promise.all(loops)
    },
  }
}

async function signIn(world: World, count: number, front: { readonly port: number }): Promise<readonly Browser[]> {
  const browsers = Array.from({ length: count }, () => world.openBrowser(front))
  for (const browser of browsers) await browser.open('/')
  return browsers
}

t.test('fifty requests at once with an expired token: one refresh, and all pass', { skip }, async (t) => {
  const world = await startWorld(t, { graceSeconds: 0, reuseRevokesAll: true })
  const [one, other] = await Promise.all([world.spawnReplica(), world.spawnReplica()])
  const front = { port: await startHaproxy(t, urlOf(one), { others: [urlOf(other)], timeout: '30s' }) }
  const [browser = world.openBrowser(front)] = await signIn(world, 1, front)
  const counts = new Counts()
  for (let round = 1; round <= 5; round++) {
    await until(world, (await expiryOf(browser)) + 10)
    const before = world.issuer.login.tokenRequests('refresh_token')
    for (const answer of await Promise.all(Array.from({ length: 50 }, () => browser.fetch('/', fetchOptions))))
      counts.add(answer)
    t.equal(world.issuer.login.tokenRequests('refresh_token') - before, 1)
  }
  t.equal(counts.of('200'), 250)
  t.comment(`5 rounds of 50 requests: ${counts}; refreshes: ${world.issuer.login.tokenRequests('refresh_token')}`)
})

for (const fate of ['stopped, and goes on later', 'killed after Cognito has answered (refresh-08)']) {
  t.test(`the holder of the lock is ${fate}: nobody is signed out`, { skip }, async (t) => {
    const world = await startWorld(t, { graceSeconds: 60 }, { COGATE_LOGIN_REFRESH_TIMEOUT: '2s' })
    const { issuer } = world
    const [holder, other] = await Promise.all([world.spawnReplica(), world.spawnReplica()])
    const [browser = world.openBrowser()] = await signIn(world, 1, holder)
    const beside = world.copyOf(browser, other)
    await until(world, (await expiryOf(browser)) + 10)
    issuer.login.failNext('hang')
    const requests = issuer.login.tokenRequests()
    const held = browser.fetch('/', fetchOptions).catch(() => ({ status: 0, body: '' }))
    await issuer.login.tokenRequested(requests + 1)
    holder.kill('SIGSTOP')
    if (fate.startsWith('killed')) {
      issuer.login.release()
      holder.kill('SIGKILL')
    }
    const counts = new Counts()
    const began = Date.now()
    while (counts.of('200') === 0 && Date.now() - began < 30_000) counts.add(await beside.fetch('/', fetchOptions))
    t.equal(counts.of('200'), 1, 'as soon as the lock has ended')
    t.equal(counts.signedOut, 0)
    t.comment(`beside the holder: ${counts} in ${Date.now() - began} ms`)
    if (fate.startsWith('killed')) return
    issuer.login.release()
    holder.kill('SIGCONT')
    t.equal((await held).status === 401, false)
    t.equal((await browser.fetch('/', fetchOptions)).status, 200)
    t.equal((await beside.fetch('/', fetchOptions)).status, 200)
  })
}

t.test(
  'Redis freezes, stops and comes back under load: 503 meanwhile, and nobody is signed out',
  { skip },
  async (t) => {
    const world = await startWorld(t, { graceSeconds: 60 })
    const { redis } = world
    const [one, other] = await Promise.all([world.spawnReplica(), world.spawnReplica()])
    const front = { port: await startHaproxy(t, urlOf(one), { others: [urlOf(other)], timeout: '30s' }) }
    const browsers = await signIn(world, 10, front)
    const load = startLoad(browsers)
    await until(world, Date.now() + 1000)
    redis.kill('SIGSTOP')
    const isCounted = (reason: string, count: number) => async () => {
      while (load.counts.of(reason) < count) await fetch(`${urlOf({ port: one.opsPort })}/livez`)
    }
    await isCounted('503 session_unavailable', 1)()
    redis.kill('SIGCONT')
    await until(world, Date.now() + 3000)
    const frozen = load.counts.of('503 session_unavailable')
    await redis.stop()
    await isCounted('503 session_unavailable', frozen + 20)()
    await redis.start()
    await until(world, Date.now() + 6000)
    await load.stop()
    t.equal(load.counts.signedOut, 0)
    const after = await Promise.all(browsers.map((browser) => browser.fetch('/', fetchOptions)))
    t.same(new Set(after.map(({ status }) => status)), new Set([200]))
    t.comment(`10 browsers while Redis freezes and stops: ${load.counts}`)
    await redis.client.flushall()
    await until(world, Date.now() + tokenSeconds * 1000)
    const forgotten = new Counts()
    for (const browser of browsers) forgotten.add(await browser.fetch('/', fetchOptions))
    t.equal(forgotten.of('401 session_expired'), 10)
    for (const browser of browsers) t.equal((await browser.open('/')).status, 200, 'signed in again')
    t.comment(`after FLUSHALL: ${forgotten}`)
  },
)

t.test('secrets are rotated under load, one gate after the other: nobody is signed out', { skip }, async (t) => {
  const world = await startWorld(t, { graceSeconds: 60 })
  const [old, fresh] = [
    'a secret for tests that is long enough to be one',
    'a new secret for tests that is long enough',
  ]
  const ports = [await findFreePort(), await findFreePort()]
  const spawnAt = (port: number, secrets: readonly string[]) =>
    world.spawnReplica({ COGATE_LISTEN: `127.0.0.1:${port}`, COGATE_SESSION_SECRETS: secrets.join() })
  const gates = await Promise.all(ports.map((port) => spawnAt(port, [old])))
  const [first = '', ...others] = ports.map((port) => urlOf({ port }))
  const front = { port: await startHaproxy(t, first, { others, timeout: '30s' }) }
  const browsers = await signIn(world, 10, front)
  const before = browsers.map((browser) => browser.cookie('__Host-cogate'))
  const load = startLoad(browsers)
  for (const secrets of [[old, fresh], [fresh, old], [fresh]]) {
    for (const [index, port] of ports.entries()) {
      gates[index]?.kill('SIGTERM')
      await gates[index]?.exited
      gates[index] = await spawnAt(port, secrets)
    }
    const answered = load.counts.of('200')
    while (load.counts.of('200') < answered + 200) await world.redis.client.ping()
  }
  await load.stop()
  t.equal(load.counts.signedOut, 0)
  t.notOk(
    browsers.some((browser, index) => browser.cookie('__Host-cogate') === before[index]),
    'every cookie is sealed anew',
  )
  t.comment(`10 browsers during three rolling restarts: ${load.counts}`)
})
