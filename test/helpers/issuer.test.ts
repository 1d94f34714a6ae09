import t from 'tap'
import { type JwksMode, startScriptedJwks } from './issuer.ts'

const JWKS = { keys: [{ kid: 'one' }, { kid: 'two' }] }

t.test('serves the keys it was given and counts the fetches', async (t) => {
  const jwks = await startScriptedJwks(t, JWKS)
  t.same(await (await fetch(jwks.uri)).json(), JWKS)
  jwks.setKeys({ keys: [] })
  t.same(await (await fetch(jwks.uri)).json(), { keys: [] })
  t.equal(jwks.fetches, 2)
})

t.test('never answers while hanging', async (t) => {
  const jwks = await startScriptedJwks(t, JWKS)
  await jwks.setMode('hang')
  const aborter = new AbortController()
  const pending = fetch(jwks.uri, { signal: aborter.signal })
  await jwks.fetched(1)
  aborter.abort()
  await t.rejects(pending, { name: 'AbortError' })
})

t.test('answers HTML, a status, or a redirect when told to', async (t) => {
  const jwks = await startScriptedJwks(t, JWKS)
  const answerIn = async (mode: JwksMode): Promise<Response> => {
    await jwks.setMode(mode)
    t.equal(jwks.mode, mode)
    return fetch(jwks.uri, { redirect: 'manual' })
  }
  const html = await answerIn('html')
  t.equal(html.status, 200)
  t.match(await html.text(), /^<html>/)
  const busy = await answerIn({ status: 503, headers: { 'retry-after': '7' } })
  t.equal(busy.status, 503)
  t.equal(busy.headers.get('retry-after'), '7')
  const moved = await answerIn('redirect')
  t.equal(moved.status, 302)
  t.equal(jwks.fetches, 3)
  const followed = await fetch(jwks.uri)
  t.same(await followed.json(), JWKS, 'who follows finds the keys')
  t.equal(jwks.fetches, 5)
})

t.test('cuts the body short when truncated', async (t) => {
  const jwks = await startScriptedJwks(t, JWKS)
  await jwks.setMode('truncated')
  const response = await fetch(jwks.uri)
  t.equal(response.headers.get('content-length'), String(JSON.stringify(JWKS).length))
  await t.rejects(response.text())
})

t.test('serves a valid key set of more than 8 MiB when huge', async (t) => {
  const jwks = await startScriptedJwks(t, JWKS)
  await jwks.setMode('huge')
  const text = await (await fetch(jwks.uri)).text()
  t.ok(text.length > 8 * 1024 * 1024)
  t.match(JSON.parse(text), JWKS)
})

t.test('refuses connections while down and answers on the same port afterwards', async (t) => {
  const jwks = await startScriptedJwks(t, JWKS)
  t.equal((await fetch(jwks.uri)).status, 200)
  await jwks.setMode('down')
  await jwks.setMode('down')
  await t.rejects(fetch(jwks.uri))
  await jwks.setMode('ok')
  t.same(await (await fetch(jwks.uri)).json(), JWKS)
  t.equal(jwks.fetches, 2)
})
