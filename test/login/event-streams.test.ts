/** Event streams of a session, which have no end of their own. */
import type { ServerResponse } from 'node:http'
import t from 'tap'
import { createKeys } from '../../src/issuer/keys.ts'
import { sameOriginFetch, startLoginWorld } from '../helpers/login-world.ts'

const keys = createKeys()
const post = { method: 'POST', headers: { 'sec-fetch-site': 'same-origin' } }
const stream = { headers: { ...sameOriginFetch, accept: 'text/event-stream' } }

async function startStreaming(t: Parameters<typeof startLoginWorld>[0], type = 'text/event-stream; charset=utf-8') {
  const opened: (() => void)[] = []
  const answers: { end(): unknown; readonly isGone: boolean }[] = []
  const world = await startLoginWorld(t, {
    keys,
    handler: (request, response) => {
      if (request.url !== '/events') return response.end('ok')
      const state = { isGone: false, end: () => response.end('data: last\n\n') }
      response.on('close', () => (state.isGone = true))
      response.writeHead(200, { 'Content-Type': type })
      response.write('data: 1\n\n', () => opened.shift()?.())
      answers.push(state)
      return undefined
    },
  })
  /** Signs in and listens; resolves when the service has begun to answer. */
  const listen = async () => {
    const browser = world.openBrowser()
    await browser.open('/')
    const began = new Promise<void>((resolve) => opened.push(resolve))
    const heard = browser.fetch('/events', stream)
    await began
    return { browser, heard }
  }
  return { ...world, listen, answers }
}

t.test('a sign-out ends the event streams of the session in order, and no other', async (t) => {
  const { listen, answers, gate } = await startStreaming(t)
  const [one, other] = [await listen(), await listen()]
  await one.browser.fetch('/_cogate/logout', post)
  const { status, body } = await one.heard
  t.same([status, body], [200, 'data: 1\n\n'], 'it is complete')
  t.hasStrict(await gate.logged(({ path }) => path === '/events'), { status: 200, reason: 'session_expired' })
  answers[1]?.end()
  t.equal((await other.heard).body, 'data: 1\n\ndata: last\n\n')
})

t.test('an event stream that begins after the sign-out ends at once', async (t) => {
  const late = Promise.withResolvers<ServerResponse>()
  const { openBrowser } = await startLoginWorld(t, {
    keys,
    handler: (request, response) => (request.url === '/events' ? late.resolve(response) : response.end('ok')),
  })
  const browser = openBrowser()
  await browser.open('/')
  const heard = browser.fetch('/events', stream)
  const response = await late.promise
  await browser.fetch('/_cogate/logout', post)
  response.writeHead(200, { 'Content-Type': 'text/event-stream' }).flushHeaders()
  const { status, headers, body } = await heard
  t.same([status, headers['content-type'], body], [200, 'text/event-stream', ''])
})

t.test('a download goes on after a sign-out', async (t) => {
  const { listen, answers } = await startStreaming(t, 'text/csv')
  const { browser, heard } = await listen()
  await browser.fetch('/_cogate/logout', post)
  answers[0]?.end()
  t.equal((await heard).body, 'data: 1\n\ndata: last\n\n')
})
