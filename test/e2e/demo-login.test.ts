/** `cogate demo --login` as a newcomer meets it: what it prints is opened in a browser, and leads in and out again. */
import t, { type Test } from 'tap'
import { spawnCogate } from '../helpers/cogate-process.ts'
import { Browser } from '../helpers/login-world.ts'

interface Demo {
  readonly text: string
  /** What it prints behind a word. */
  readonly facts: Readonly<Record<string, string>>
}

async function startDemo(t: Test): Promise<Demo> {
  const text = await spawnCogate(t, ['demo', '--login']).printed(/^Ctrl-C stops everything\.$/m)
  const pairs = text.matchAll(/^ {2}(\S+(?: \S+)?) {2,}(\S+)/gm)
  return { text, facts: Object.fromEntries([...pairs].map(([, word = '', fact = '']) => [word, fact])) }
}

/** No origin is special to it: the demo is where its URLs say. */
function openBrowser(): Browser {
  return new Browser({ port: 0 })
}

t.test(
  'the printed address leads through the sign-in to a page with name, e-mail and groups, and out again',
  async (t) => {
    const { facts } = await startDemo(t)
    const browser = openBrowser()
    const page = await browser.open(facts['open'] ?? '', { as: facts['user'] ?? '' })
    t.equal(page.status, 200)
    t.equal(page.url, facts['open'])
    t.match(page.headers['content-type'], /^text\/html/)
    for (const cell of ['alice', 'alice@example.com', 'admin']) t.match(page.body, `<td>${cell}</td>`)
    const [, link = ''] = /href="([^"]*\/logout)"/.exec(page.body) ?? []
    t.equal(new URL(link, page.url).href, facts['sign out'])
    const own = { 'sec-fetch-site': 'same-origin', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' }
    const out = await browser.fetch(facts['sign out'] ?? '', { headers: own })
    t.match((await browser.open(out.location)).body, /You are signed out/)
    const again = await browser.fetch(facts['open'] ?? '')
    t.match(again.location, `${facts['issuer']}/oauth2/authorize`)
  },
)

t.test('the password it prints is the one that signs in', async (t) => {
  const { facts } = await startDemo(t)
  t.equal(facts['password'], 'demo-password')
})

t.test('a page for admins opens for alice and not for bob', async (t) => {
  const { facts } = await startDemo(t)
  const admin = `${facts['gate']}/admin/`
  t.equal((await openBrowser().open(admin, { as: 'alice' })).status, 200)
  const refused = await openBrowser().open(admin, { as: 'bob' })
  t.equal(refused.status, 403)
  t.match(refused.body, /Use another account/)
})

t.test('a program gets 401 without a token and JSON with one, and what is public stays so', async (t) => {
  const { facts } = await startDemo(t)
  const without = await fetch(`${facts['gate']}/hello`)
  t.equal(without.status, 401)
  t.equal(without.headers.get('cogate-login'), '/_cogate/login')
  const token = await (await fetch(`${facts['issuer']}/token.txt?username=alice`)).text()
  const answer = await fetch(`${facts['gate']}/hello`, { headers: { authorization: `Bearer ${token.trim()}` } })
  t.match(await answer.json(), { url: '/hello', headers: { 'x-forwarded-user': 'alice' } })
  t.equal((await fetch(`${facts['gate']}/public/x`)).status, 200)
})

t.test('no secret of the sessions is printed, and nothing but loopback is named', async (t) => {
  const { text } = await startDemo(t)
  t.notMatch(text, /[0-9a-f]{32}|[\w-]{43}/)
  const hosts = [...text.matchAll(/[a-z]+:\/\/[^\s'")]+/g)].map(([url]) => new URL(url).hostname)
  t.same(new Set(hosts), new Set(['127.0.0.1']))
})
