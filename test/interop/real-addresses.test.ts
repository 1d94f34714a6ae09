/**
 * Services whose addresses look odd, behind a gate with three rules and without `paths.allow`: Tomcat with `;jsessionid=`, and
 * the titles of a wiki.
 */
import { createServer } from 'node:http'
import t, { type Test } from 'tap'
import { listenOnLoopback } from '../helpers/listen.ts'
import { gated } from '../helpers/services/gated.ts'
import { skipWithout } from '../helpers/services/service.ts'
import { startTomcat } from '../helpers/services/tomcat.ts'

t.test(
  'a session of Tomcat that lives in the address goes on through the gate (FLD-11)',
  {
    skip: skipWithout('java', '/usr/share/tomcat10/bin/bootstrap.jar'),
  },
  async (t) => {
    const { gate, send } = await gated(t, await startTomcat(t))
    const first = await send('GET', '/')
    const [, link = ''] = /^visit 1 by [0-9a-f-]{36}, next (index\.jsp;jsessionid=[0-9A-F]{32})$/.exec(first.text) ?? []
    t.not(link, '', first.text)
    for (const visit of [2, 3]) t.match((await send('GET', `/${link}`)).text, new RegExp(`^visit ${visit} by `))
    t.match((await send('GET', `/${link}?a=b`)).text, /^visit 4 by /)
    t.match((await send('GET', '/index.jsp')).text, /^visit 1 by /, 'another session')
    const moved = await send('GET', `/go.jsp;${link.split(';')[1]}`)
    t.equal(moved.status, 302)
    t.match(moved.headers['location'], link)
    for (const path of [
      '/admin;x=1/index.jsp',
      '/admin/;jsessionid=1',
      '/;x/admin/index.jsp',
      '/x/..;/admin/index.jsp',
    ]) {
      t.match(await send('GET', path), { status: /^40[03]$/ }, path)
    }
    t.equal(gate.lines.filter(({ reason }) => reason === 'upstream_unreachable').length, 0)
  },
)

/** As MediaWiki writes them into links. */
const titles = [
  ...['Main_Page', 'What%3F', 'AC%2FDC', 'Who%27s_Afraid_of_Virginia_Woolf%3F', '100%25', 'C%2B%2B', 'C%23', '...'],
  ...['...And_Justice_for_All', 'Et_cetera...', 'User:Alice/Drafts', 'Talk:AT%26T', 'A;B', 'Vol._1', '.NET'],
  ...['%22Hello,_World!%22', 'a//b', '%5C', 'Back%5Cslash', '%2A', '~', '1%2F2', '%C2%BD', 'Fish_%26_Chips', '1%252F2'],
  ...['質問？', 'Ａ／Ｂ', '１００％', '＃1', '‥', '東京', 'ﬁ', '한국어', 'Ⅷ', '％２Ｆ', '。。。'].map(
    encodeURIComponent,
  ),
]

async function startWiki(t: Test): Promise<string> {
  const wiki = createServer((request, response) => response.end(`${request.method} ${request.url}`))
  const { port } = await listenOnLoopback(t, wiki)
  return `http://127.0.0.1:${port}`
}

t.test('every title of a wiki reaches it as it was written (FLD-11)', async (t) => {
  const { send } = await gated(t, await startWiki(t))
  for (const title of titles) {
    for (const path of [`/wiki/${title}`, `/wiki/${title}?action=edit`, `/index.php?title=${title}`, `/w/${title}/x`]) {
      t.match(await send('GET', path), { status: 200, text: `GET ${path}` }, path)
    }
  }
})

t.test('a title that the wiki could read as a page of administrators is refused (FLD-11)', async (t) => {
  const { send } = await gated(t, await startWiki(t))
  const paths = ['/wiki%2F..%2Fadmin/x', '/wiki/..%2F..%2Fadmin%2Fx', '/%61dmin/x', '/admin%2Fx', '/ＡＤＭＩＮ／x']
  for (const path of paths.map((path) => encodeURI(path).replaceAll('%25', '%'))) {
    t.match(await send('GET', path), { status: /^40[03]$/ }, path)
  }
})

t.test('a wiki that takes the method from a header is asked with none that the rule refuses (FLD-12)', async (t) => {
  const { send } = await gated(t, await startWiki(t))
  for (const name of ['x-http-method-override', 'x-http-method', 'x-method-override']) {
    t.match(await send('POST', '/notes/1', { headers: { [name]: 'GET' } }), { status: 200 }, name)
    t.match(await send('POST', '/notes/1', { headers: { [name]: 'DELETE' } }), { status: 404 }, name)
    t.match(await send('POST', '/notes/1', { headers: { [name.replaceAll('-', '_')]: 'DELETE' } }), { status: 404 })
  }
})
