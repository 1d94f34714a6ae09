/**
 * WebDAV servers that others wrote, behind a gate with three rules and without `paths.allow`: Debian's nginx and Apache,
 * with curl's kind of requests, with rclone, and with litmus, the test suite of WebDAV.
 */
import { execFile } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { startTokenProxy } from '../helpers/services/add-token.ts'
import { gated } from '../helpers/services/gated.ts'
import { makeFolder, skipWithout } from '../helpers/services/service.ts'
import { startApache, startNginx } from '../helpers/services/web-dav.ts'

const execute = promisify(execFile)

const nginx = '/usr/sbin/nginx'
const apache = '/usr/sbin/apache2'
const litmusCount = 104

/** As a client writes them, and the file that the server then has. */
const names = [
  { path: '/100%25.txt', file: '100%.txt' },
  { path: '/C%23.txt', file: 'C#.txt' },
  { path: `/${encodeURIComponent('質問？.txt')}`, file: '質問？.txt' },
  { path: '/a;b.txt', file: 'a;b.txt' },
  { path: '/a%3Bc.txt', file: 'a;c.txt' },
  { path: '/what%3F.txt', file: 'what?.txt' },
  { path: '/two%20words%20.txt', file: 'two words .txt' },
  { path: '/dots...', file: 'dots...' },
  { path: '/x/../y.txt', file: 'y.txt' },
  { path: '//z.txt', file: 'z.txt' },
]

for (const { what, start, needs, copied } of [
  { what: 'nginx', start: startNginx, needs: nginx, copied: 204 },
  { what: 'Apache', start: startApache, needs: apache, copied: 201 },
]) {
  t.test(
    `${what} has a file of every name that is written through the gate (FLD-11)`,
    {
      skip: skipWithout(needs),
    },
    async (t) => {
      const service = await start(t)
      const { send } = await gated(t, service.url)
      for (const { path, file } of names) {
        t.equal((await send('PUT', path, { body: file })).status, 201, path)
        t.equal(readFileSync(join(service.files, file), 'utf8'), file)
        const read = await send('GET', path)
        t.same([read.status, read.text], [200, file], path)
      }
      const wanted = names.map(({ file }) => file)
      t.same(readdirSync(service.files).toSorted(), ['admin', ...wanted].toSorted())
    },
  )

  t.test(
    `a file of ${what} is moved and copied, but over no rule (FLD-12)`,
    { skip: skipWithout(needs) },
    async (t) => {
      const service = await start(t)
      const { gate, issuer, send } = await gated(t, service.url)
      const origin = `http://127.0.0.1:${gate.port}`
      await send('PUT', '/mine.txt', { body: 'mine' })
      for (const name of ['copy%25.txt', 'copy%23.txt']) {
        const headers = { destination: `${origin}/${name}` }
        t.equal((await send('COPY', '/mine.txt', { headers })).status, copied, name)
      }
      t.equal(readFileSync(join(service.files, 'copy%.txt'), 'utf8'), 'mine')
      t.equal(readFileSync(join(service.files, 'copy#.txt'), 'utf8'), 'mine')
      for (const { destination, status } of [
        { destination: `${origin}/admin/policy.txt`, status: 403 },
        { destination: 'https://elsewhere.example/admin/policy.txt', status: 403 },
        { destination: '/admin/policy.txt', status: 403 },
        { destination: `${origin}/%61dmin/policy.txt`, status: 403 },
        { destination: `${origin}/ADMIN/policy.txt`, status: 403 },
        { destination: `${origin}/x/..%2fadmin/policy.txt`, status: 400 },
        { destination: `${origin}/x/../admin/policy.txt`, status: 400 },
        { destination: `${origin}//admin/policy.txt`, status: 400 },
        { destination: `${origin}/notes/of-move.txt`, status: 404 },
      ]) {
        for (const method of ['MOVE', 'COPY']) {
          const headers = { destination, overwrite: 'T' }
          t.equal((await send(method, '/mine.txt', { headers })).status, status, `${method} ${destination}`)
        }
      }
      t.equal(readFileSync(join(service.files, 'admin', 'policy.txt'), 'utf8'), 'closed')
      const admin = issuer.mintAccessToken({ groups: ['admin'] })
      const headers = { destination: `${origin}/admin/policy.txt`, overwrite: 'T' }
      t.equal((await send('MOVE', '/mine.txt', { headers, token: admin })).status, 204)
      t.equal(readFileSync(join(service.files, 'admin', 'policy.txt'), 'utf8'), 'mine')
    },
  )
}

t.test(
  `litmus passes ${litmusCount} of ${litmusCount} through the gate on Apache (FLD-11)`,
  {
    skip: skipWithout(apache, 'litmus'),
  },
  async (t) => {
    const service = await startApache(t)
    const { gate, token } = await gated(t, service.url)
    const origin = await startTokenProxy(t, `http://127.0.0.1:${gate.port}`, token)
    const { stdout } = await execute('litmus', ['--keep-going', `${origin}/`], { cwd: makeFolder(t, 'litmus') })
    const summaries = [...stdout.matchAll(/of (\d+) tests run: (\d+) passed, (\d+) failed/g)]
    const sum = (at: number) => summaries.reduce((total, summary) => total + Number(summary[at]), 0)
    t.same(stdout.match(/^.*FAIL.*$/gm) ?? [], [])
    t.same([sum(1), sum(2), sum(3)], [litmusCount, litmusCount, 0], 'run, passed, failed')
  },
)

t.test(
  'rclone writes and reads files of every name (FLD-11)',
  {
    skip: skipWithout(apache, 'rclone'),
  },
  async (t) => {
    const service = await startApache(t)
    const { gate, token } = await gated(t, service.url)
    const local = makeFolder(t, 'rclone')
    const config = join(makeFolder(t, 'rclone-config'), 'rclone.conf')
    const common = ['--config', config, '--webdav-url', `http://127.0.0.1:${gate.port}`, '--webdav-bearer-token', token]
    const wanted = names.map(({ file }) => file)
    for (const file of wanted) writeFileSync(join(local, file), file)
    await execute('rclone', [...common, 'copy', local, ':webdav:/folder'])
    t.same(readdirSync(join(service.files, 'folder')).toSorted(), wanted.toSorted())
    const back = makeFolder(t, 'rclone-back')
    await execute('rclone', [...common, 'copy', ':webdav:/folder', back])
    t.same(readdirSync(back).toSorted(), wanted.toSorted())
    await execute('rclone', [...common, 'move', ':webdav:/folder', ':webdav:/moved'])
    t.same(readdirSync(join(service.files, 'moved')).toSorted(), wanted.toSorted())
  },
)
