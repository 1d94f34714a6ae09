/**
 * Attack: a session cookie or the state of a sign-in is changed, cut, or used for something that it was not made for. A green
 * run proves that no flipped bit opens, in bytes and in characters, and that the gate answers as to nobody.
 */
import t from 'tap'
import { createKeys } from '../../src/issuer/keys.ts'
import { sealContext, sealedPart } from '../../src/login/session/cookies.ts'
import { compileSealer } from '../../src/login/session/seal.ts'
import { openState } from '../../src/login/state.ts'
import { sameOriginFetch, sessionSecret, startLoginWorld } from '../helpers/login-world.ts'

const keys = createKeys()
const names = { session: '__Host-cogate', binding: '__Host-cogate-b' }

function opensSession(text: string): boolean {
  return compileSealer([sessionSecret], 'session').open(sealedPart(text), sealContext(text, names)) !== undefined
}

/** Every text that differs in one bit of one character. */
function* flippedCharacters(text: string): Generator<string> {
  for (let at = 0; at < text.length; at++) {
    for (let bit = 0; bit < 8; bit++) {
      yield text.slice(0, at) + String.fromCharCode(text.charCodeAt(at) ^ (1 << bit)) + text.slice(at + 1)
    }
  }
}

/** Every base64url text whose bytes differ in one bit. */
function* flippedBytes(text: string): Generator<string> {
  const bytes = Buffer.from(text, 'base64url')
  for (let at = 0; at < bytes.length * 8; at++) {
    const changed = Buffer.from(bytes)
    changed.writeUInt8(bytes.readUInt8(at >> 3) ^ (1 << (at & 7)), at >> 3)
    yield changed.toString('base64url')
  }
}

function countOpen(texts: Iterable<string>, opens: (text: string) => boolean) {
  let [tried, opened] = [0, 0]
  for (const text of texts) {
    tried++
    if (opens(text)) opened++
  }
  return { tried, opened }
}

t.test('no flipped bit of a session opens', async (t) => {
  const { openBrowser } = await startLoginWorld(t, { keys })
  const browser = openBrowser()
  await browser.open('/')
  const text = browser.cookie(names.session) ?? ''
  t.ok(opensSession(text), 'the cookie itself opens')
  // The number of chunks stands before the seal; a `~` is where the gate cuts it off.
  const inText = countOpen(
    [...flippedCharacters(text)].filter((each) => each[1] === '~'),
    opensSession,
  )
  const inBytes = countOpen(flippedBytes(sealedPart(text)), (sealed) => opensSession(`1~${sealed}`))
  t.ok(inText.tried > 10_000 && inBytes.tried > 8000, `${inText.tried} and ${inBytes.tried} texts`)
  t.same([inText.opened, inBytes.opened], [0, 0])
})

t.test('no flipped bit of a state opens', async (t) => {
  const { openBrowser } = await startLoginWorld(t, { keys })
  const start = await openBrowser().fetch('/reports/7')
  const state = new URL(start.location).searchParams.get('state') ?? ''
  const opens = (text: string) => openState(compileSealer([sessionSecret], 'state'), text) !== undefined
  t.ok(opens(state), 'the state itself opens')
  for (const texts of [flippedCharacters(state), flippedBytes(state)]) {
    const { tried, opened } = countOpen(texts, opens)
    t.ok(tried > 1000, `${tried} texts`)
    t.equal(opened, 0)
  }
})

t.test('a seal of any length has one spelling: bits that say nothing are not free either', async (t) => {
  const sealer = compileSealer([sessionSecret], 'session')
  for (const length of [0, 1, 2, 3]) {
    const sealed = sealer.seal(Buffer.alloc(length), 'context')
    const { opened } = countOpen(flippedCharacters(sealed), (text) => sealer.open(text, 'context') !== undefined)
    t.equal(opened, 0, `${length} bytes`)
  }
})

t.test('a session that was cut, lengthened or made for another purpose does not open', async (t) => {
  const { openBrowser } = await startLoginWorld(t, { keys })
  const browser = openBrowser()
  const start = await browser.open('/')
  t.equal(start.status, 200)
  const text = browser.cookie(names.session) ?? ''
  const cuts = Array.from({ length: text.length }, (_, length) => text.slice(0, length))
  t.same(countOpen(cuts, opensSession).opened, 0)
  for (const more of ['A', '=', '==', ' ', '.', text]) t.notOk(opensSession(text + more), more)
  const state = new URL((await browser.fetch('/_cogate/login')).location).searchParams.get('state') ?? ''
  t.notOk(opensSession(`1~${state}`), 'a state is no session')
  t.equal(openState(compileSealer([sessionSecret], 'state'), sealedPart(text)), undefined, 'a session is no state')
  for (const count of '234') t.notOk(opensSession(count + text.slice(1)), `${count} chunks`)
})

t.test('the gate answers a changed session as it answers nobody, and takes the cookie away', async (t) => {
  const { openBrowser, upstream } = await startLoginWorld(t, { keys })
  const browser = openBrowser()
  await browser.open('/')
  const text = browser.cookie(names.session) ?? ''
  const seen = upstream.requests.length
  for (let at = 2; at < text.length; at += Math.ceil(text.length / 60)) {
    const changed = text.slice(0, at) + (text[at] === 'A' ? 'B' : 'A') + text.slice(at + 1)
    const cookie = `${names.session}=${changed}`
    const answer = await openBrowser().fetch('/', { headers: { ...sameOriginFetch, cookie } })
    t.equal(answer.status, 401, `character ${at}`)
    t.match(answer.headers['set-cookie'], [/^__Host-cogate=; .*Max-Age=0$/])
  }
  t.equal(upstream.requests.length, seen)
})
