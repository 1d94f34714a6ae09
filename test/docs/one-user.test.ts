/** docs/operations.md, "One user is refused": the command that it gives finds the user in the log. */
import { execFileSync } from 'node:child_process'
import t from 'tap'
import { startTestGate } from '../helpers/gateway.ts'
import { startTestIssuer } from '../helpers/issuer.ts'
import { startUpstream } from '../helpers/upstream.ts'
import { readPage } from './pages.ts'

const page = readPage('docs/operations.md').text
const section = page.slice(page.indexOf('### One user is refused'))
const [, command = ''] = /```bash\n +(printf .+)\n/.exec(section) ?? []
const [, keyed = ''] = /`(openssl dgst [^`]+)`/.exec(section) ?? []

for (const secret of [undefined, 'a secret of the log']) {
  t.test(`the sub of the log is what the command prints${secret === undefined ? '' : ', with a secret'}`, async (t) => {
    const issuer = await startTestIssuer(t)
    const upstream = await startUpstream(t)
    const env = secret === undefined ? {} : { COGATE_LOG_SUBJECT_SECRET: secret }
    const gate = await startTestGate(t, { issuer, upstream: upstream.url, env })
    const token = issuer.mintAccessToken({ username: 'alice' })
    const { sub } = JSON.parse(Buffer.from(String(token.split('.')[1]), 'base64url').toString())
    await fetch(`http://127.0.0.1:${gate.port}/`, { headers: { authorization: `Bearer ${token}` } })
    const line = await gate.logged(({ msg }) => msg === 'access')
    const asked = command.replace(/printf %s \S+/, `printf %s ${sub}`)
    const shell = secret === undefined ? asked : asked.replace('sha256sum', `${keyed} | sed 's/.*= //'`)
    const printed = execFileSync('bash', ['-c', shell], {
      env: { ...process.env, SECRET: secret ?? '' },
      encoding: 'utf8',
    })
    t.equal(printed.trim(), line['sub'])
  })
}
