/** Applications that others wrote, which take the caller from a header: through the gate each person is who the token says. */
import t from 'tap'
import { fetchTiddlyWiki, radicale, startRadicale, startTiddlyWiki } from '../helpers/services/callers.ts'
import { gated } from '../helpers/services/gated.ts'
import { skipWithout } from '../helpers/services/service.ts'

const event = [
  'BEGIN:VCALENDAR',
  'VERSION:2.0',
  'PRODID:-//cogate//test//EN',
  'BEGIN:VEVENT',
  'UID:event-1',
  'DTSTAMP:20261129T090000Z',
  'DTSTART:20261130T090000Z',
  'DTEND:20261130T100000Z',
  'SUMMARY:Coffee',
  'END:VEVENT',
  'END:VCALENDAR',
  '',
].join('\r\n')

t.test('Radicale keeps the calendars of two people apart', { skip: skipWithout(radicale) }, async (t) => {
  const set = JSON.stringify([{ name: 'X-Remote-User', claim: 'username' }])
  const { issuer, send } = await gated(t, await startRadicale(t), { COGATE_IDENTITY_HEADERS_SET: set })
  const [alice, bob] = ['alice', 'bob'].map((username) => issuer.mintAccessToken({ username }))
  const as = (token: string | undefined, headers: Record<string, string> = {}) => ({ token: token ?? '', headers })
  t.equal((await send('MKCALENDAR', '/alice/calendar/', as(alice))).status, 201)
  const typed = { 'content-type': 'text/calendar' }
  t.equal((await send('PUT', '/alice/calendar/1.ics', { ...as(alice, typed), body: event })).status, 201)
  const read = await send('GET', '/alice/calendar/1.ics', as(alice))
  t.match(read, { status: 200, text: /SUMMARY:Coffee/ })
  t.equal((await send('PROPFIND', '/alice/', as(alice, { depth: '1' }))).status, 207)
  for (const headers of [{}, { 'x-remote-user': 'alice' }, { x_remote_user: 'alice' }, { 'X-REMOTE-USER': 'alice' }]) {
    t.equal((await send('GET', '/alice/calendar/1.ics', as(bob, headers))).status, 403, JSON.stringify(headers))
    t.equal((await send('MKCALENDAR', '/alice/more/', as(bob, headers))).status, 403, JSON.stringify(headers))
  }
  const destination = { destination: '/bob/stolen/1.ics' }
  t.not((await send('MOVE', '/alice/calendar/1.ics', as(bob, destination))).status, 201)
  t.equal((await send('GET', '/alice/calendar/1.ics', as(alice))).status, 200)
})

const fetched = fetchTiddlyWiki(t)
const skip = 'skip' in fetched ? fetched.skip : false
const program = 'folder' in fetched ? fetched.folder : ''

t.test('TiddlyWiki knows who reads and who may write', { skip }, async (t) => {
  const env = { COGATE_IDENTITY_HEADERS_PRESET: 'remote-user', COGATE_IDENTITY_HEADERS_PASS_TOKEN: 'false' }
  const { issuer, send } = await gated(t, await startTiddlyWiki(t, program), env)
  const statusOf = async (username: string, headers = {}) => {
    const answer = await send('GET', '/status', { token: issuer.mintAccessToken({ username }), headers })
    t.equal(answer.status, 200)
    return JSON.parse(answer.text) as { readonly username: string; readonly anonymous: boolean }
  }
  t.match(await statusOf('alice'), { username: 'alice', anonymous: false })
  t.match(await statusOf('Zoë'), { username: 'Zoë', anonymous: false })
  t.match(await statusOf('bob', { 'remote-user': 'alice' }), { username: 'bob' })
  t.match(await statusOf('bob', { remote_user: 'alice' }), { username: 'bob' })
  const write = (username: string, headers: Record<string, string> = {}) =>
    send('PUT', '/recipes/default/tiddlers/Coffee', {
      token: issuer.mintAccessToken({ username }),
      headers: { 'x-requested-with': 'TiddlyWiki', 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ title: 'Coffee', text: 'at nine' }),
    })
  t.equal((await write('bob')).status, 401)
  t.equal((await write('bob', { 'Remote-User': 'alice' })).status, 401)
  t.equal((await write('alice')).status, 204)
  const read = await send('GET', '/recipes/default/tiddlers/Coffee', {
    token: issuer.mintAccessToken({ username: 'bob' }),
  })
  t.match(read, { status: 200, text: /at nine/ })
})
