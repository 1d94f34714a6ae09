/** The upstream of the demo. */
import t from 'tap'
import { startEcho } from '../../../src/cli/demo/echo.ts'
import { identityPage } from '../../../src/cli/demo/page.ts'

t.test('answers every method and path with what it received', async (t) => {
  const echo = await startEcho(0)
  t.teardown(() => echo.close())
  const headers = { 'X-Forwarded-User': 'alice' }
  const response = await fetch(`${echo.url}/a/b?c=d`, { method: 'PUT', body: 'ignored', headers })
  t.equal(response.status, 200)
  t.equal(response.headers.get('content-type'), 'application/json')
  t.match(await response.json(), { method: 'PUT', url: '/a/b?c=d', headers: { 'x-forwarded-user': 'alice' } })
})

t.test('listens on loopback, and close ends it although a connection is open', async (t) => {
  const echo = await startEcho(0)
  t.match(echo.url, /^http:\/\/127\.0\.0\.1:\d+$/)
  await (await fetch(echo.url)).text()
  await echo.close()
  await t.rejects(fetch(echo.url))
})

t.test('a taken port is an error', async (t) => {
  const echo = await startEcho(0)
  t.teardown(() => echo.close())
  await t.rejects(startEcho(Number(new URL(echo.url).port)), { code: 'EADDRINUSE' })
})

t.test('with a page, a browser gets it and a program gets JSON as ever', async (t) => {
  const echo = await startEcho(0, identityPage)
  t.teardown(() => echo.close())
  const headers = { 'X-Forwarded-User': 'Zo%C3%AB', 'X-Forwarded-Groups': 'a%2Cb,<i>', 'X-Forwarded-Email': '100%' }
  const page = await fetch(echo.url, { headers: { ...headers, accept: 'text/html,*/*;q=0.8' } })
  t.equal(page.headers.get('content-type'), 'text/html; charset=utf-8')
  const text = await page.text()
  for (const cell of ['Zoë', 'a,b, &#60;i&#62;', '100%', '–']) t.match(text, `<td>${cell}</td>`)
  const data = await fetch(echo.url, { headers })
  t.match(await data.json(), { headers: { 'x-forwarded-user': 'Zo%C3%AB' } })
})
