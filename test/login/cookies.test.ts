import t from 'tap'
import { createKeys } from '../../src/issuer/keys.ts'
import { compileCookies, sessionTexts, splitSession } from '../../src/login/session/cookies.ts'
import { type Browser, sameOriginFetch, startLoginWorld } from '../helpers/login-world.ts'

const keys = createKeys()
const many = Array.from({ length: 100 }, (_, index) => `a-group-with-a-long-name-${index}`)

/** What the service receives as Cookie. */
async function cookieUpstream(browser: Browser): Promise<string | undefined> {
  const answer = await browser.fetch('/echo', { headers: sameOriginFetch })
  return answer.status === 200 ? JSON.parse(answer.body).headers.cookie : `status ${answer.status}`
}

t.test('a usual session is one cookie, with every attribute that protects it (cookie-01)', async (t) => {
  const { openBrowser } = await startLoginWorld(t, { keys })
  const browser = openBrowser()
  const page = await browser.open('/')
  t.equal(page.status, 200)
  const value = browser.cookie('__Host-cogate') ?? ''
  t.ok(value.length <= 3800, `${value.length} characters`)
  t.equal([...browser.cookies.keys()].filter((key) => key.includes('__Host-cogate.')).length, 0)
})

t.test('the callback sets the cookie with its attributes, and nobody stores the answer', async (t) => {
  const { openBrowser } = await startLoginWorld(t, { keys })
  const browser = openBrowser()
  const lines: string[] = []
  let answer = await browser.fetch('/')
  while (answer.location !== '' || answer.body.includes('_csrf')) {
    answer = answer.location === '' ? await browser.submitForm(answer, 'alice') : await browser.fetch(answer.location)
    const ours = (answer.headers['set-cookie'] ?? []).filter((line) => line.startsWith('__Host-cogate='))
    if (ours.length > 0) t.match(answer.headers['cache-control'], /no-store/)
    lines.push(...ours)
  }
  t.equal(lines.length, 1)
  t.match(lines[0], /^__Host-cogate=1~[\w-]+; Path=\/; HttpOnly; Secure; SameSite=Lax; Max-Age=43200$/)
})

t.test('a session of a hundred groups is two cookies, and passes (cookie-02)', async (t) => {
  const { openBrowser, issuer } = await startLoginWorld(t, { keys })
  issuer.login.putUser({ username: 'many', password: 'demo-password', groups: many })
  const browser = openBrowser()
  const page = await browser.open('/', { as: 'many' })
  t.equal(page.status, 200)
  t.match(browser.cookie('__Host-cogate'), /^2~/)
  t.ok(browser.cookie('__Host-cogate.1'))
  t.equal((await browser.fetch('/again', { headers: sameOriginFetch })).status, 200)
})

t.test(
  'a session that fills the head of every request begins none: its browser could ask for nothing any more',
  async (t) => {
    const { openBrowser, issuer, gate } = await startLoginWorld(t, { keys, env: { COGATE_LIMITS_HEADERS: '6KiB' } })
    issuer.login.putUser({ username: 'many', password: 'demo-password', groups: many })
    const browser = openBrowser()
    t.equal((await browser.open('/', { as: 'many' })).status, 502)
    t.equal(browser.cookie('__Host-cogate'), undefined)
    t.match(await gate.logged(({ msg }) => msg === 'sign-in failed'), { detail: /limits\.headers/ })
    const other = openBrowser()
    t.equal((await other.open('/', { as: 'bob' })).status, 200)
  },
)

t.test(
  'a sealed text of every length around the end of a cookie comes back whole, and no cookie is too long',
  async (t) => {
    const names = compileCookies({ cookieName: 'n'.repeat(40), sameSite: 'none', secure: true }).names
    const all = [names.session, ...names.chunks]
    const lengths = [1, 2, 3, 4].flatMap((count) => Array.from({ length: 8 }, (_, i) => count * 3800 - 6 + i))
    for (const length of lengths) {
      const sealed = 'x'.repeat(length)
      const chunks = splitSession(sealed)
      if (length > 4 * 3800 - 2) {
        t.equal(chunks, undefined, `${length} is too long`)
        continue
      }
      const pairs = chunks?.map((chunk, index) => `${all[index]}=${chunk}`) ?? []
      t.same(sessionTexts(pairs.join('; '), names), [`${pairs.length}~${sealed}`], `${length}`)
      t.ok(pairs.every((pair) => pair.length <= 4096))
    }
  },
)

t.test('a session that shrinks takes its old second cookie away (cookie-03)', async (t) => {
  const { openBrowser, issuer, clock } = await startLoginWorld(t, { keys })
  issuer.login.putUser({ username: 'many', password: 'demo-password', groups: many })
  const browser = openBrowser()
  await browser.open('/', { as: 'many' })
  issuer.login.putUser({ username: 'many', password: 'demo-password', groups: ['few'] })
  clock.advance(3_590_000)
  const renewed = await browser.fetch('/', { headers: sameOriginFetch })
  t.match(browser.cookie('__Host-cogate'), /^1~/)
  t.equal(browser.cookie('__Host-cogate.1'), undefined)
  t.match(renewed.headers['set-cookie'], [/^__Host-cogate=1~/, /^__Host-cogate\.1=; .*Max-Age=0$/])
  t.equal((await browser.fetch('/', { headers: sameOriginFetch })).status, 200)
})

t.test('a leftover of a longer or a shorter session is not joined to this one (cookie-04)', async (t) => {
  const { openBrowser, issuer } = await startLoginWorld(t, { keys })
  issuer.login.putUser({ username: 'many', password: 'demo-password', groups: many })
  const browser = openBrowser()
  await browser.open('/', { as: 'many' })
  const other = openBrowser()
  await other.open('/')
  const [first, second] = [browser.cookie('__Host-cogate'), browser.cookie('__Host-cogate.1')]
  const small = other.cookie('__Host-cogate')
  const both = `__Host-cogate=${small}; __Host-cogate=${first}; __Host-cogate.1=${second}`
  const ask = (cookie: string) => openBrowser().fetch('/', { headers: { ...sameOriginFetch, cookie } })
  t.equal((await ask(both)).status, 200)
  t.equal(JSON.parse((await ask(both)).body).headers['x-forwarded-user'], 'alice')
  t.equal((await ask(`__Host-cogate=${first}; __Host-cogate.1=${second?.slice(0, -1)}`)).status, 401)
  t.equal((await ask(`__Host-cogate=${first}`)).status, 401)
  t.equal((await ask(`__Host-cogate=${small}; __Host-cogate.1=${second}`)).status, 200)
})

t.test('a cookie of somebody else whose name begins like ours is left alone (cookie-06)', async (t) => {
  const { openBrowser } = await startLoginWorld(t, { keys })
  const browser = openBrowser()
  await browser.open('/')
  browser.setCookie('__Host-cogate-theme', 'dark')
  browser.setCookie('a', '1')
  t.equal(await cookieUpstream(browser), '__Host-cogate-theme=dark; a=1')
})

t.test('of two cookies of one name the one that opens counts (cookie-07)', async (t) => {
  const { openBrowser } = await startLoginWorld(t, { keys })
  const browser = openBrowser()
  await browser.open('/')
  const cookie = `__Host-cogate=garbage; __Host-cogate=1~AAAA; __Host-cogate=${browser.cookie('__Host-cogate')}`
  const answer = await openBrowser().fetch('/', { headers: { ...sameOriginFetch, cookie } })
  t.equal(answer.status, 200)
})

t.test('a session of an older secret opens, and is sealed with the newest one (cookie-09)', async (t) => {
  const { openBrowser, startReplica } = await startLoginWorld(t, { keys })
  const browser = openBrowser()
  await browser.open('/')
  const old = browser.cookie('__Host-cogate')
  const newest = 'the new secret that is at least as long as the old one'
  const both = `${newest},a secret for tests that is long enough to be one`
  browser.gate = await startReplica({ COGATE_SESSION_SECRETS: both })
  const answer = await browser.fetch('/', { headers: sameOriginFetch })
  t.equal(answer.status, 200)
  t.match(answer.headers['cache-control'], /private/)
  t.not(browser.cookie('__Host-cogate'), old)
  browser.gate = await startReplica({ COGATE_SESSION_SECRETS: newest })
  t.equal((await browser.fetch('/', { headers: sameOriginFetch })).status, 200)
  browser.setCookie('__Host-cogate', old ?? '')
  t.equal((await browser.fetch('/', { headers: sameOriginFetch })).status, 401)
})

t.test('our cookies never reach the service, in whatever spelling', async (t) => {
  const { openBrowser } = await startLoginWorld(t, { keys })
  const browser = openBrowser()
  await browser.open('/')
  const session = browser.cookie('__Host-cogate')
  const ask = async (cookie: string) => {
    const answer = await openBrowser().fetch('/', { headers: { ...sameOriginFetch, cookie } })
    return JSON.parse(answer.body).headers.cookie
  }
  t.equal(await ask(`__Host-cogate=${session};a=1;__Host-cogate-b=x; __Host-cogate.3=y`), 'a=1')
  t.equal(await ask(`a=1;  __Host-cogate = x; __Host-cogate=${session}`), 'a=1')
  t.equal(await ask(`__Host-cogate=${session}`), undefined)
})

t.test('a name with other blanks or letters is not our cookie', async (t) => {
  const { openBrowser } = await startLoginWorld(t, { keys })
  const browser = openBrowser()
  await browser.open('/')
  const session = browser.cookie('__Host-cogate')
  for (const name of ['\u00a0__Host-cogate', '__host-cogate', '$Version=1; __Host-cogate\u0085', '__Host-cogate ']) {
    const cookie = `${name}=${session}`
    const answer = await openBrowser().fetch('/', { headers: { ...sameOriginFetch, cookie } })
    t.equal(answer.status, 401, JSON.stringify(name))
  }
})
