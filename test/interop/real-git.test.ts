/** git over HTTP behind a gate with three rules: clone, push and fetch with a token, which is sent as a header or as a password. */
import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { gated } from '../helpers/services/gated.ts'
import { gitBackend, startGitServer } from '../helpers/services/git.ts'
import { makeFolder, skipWithout } from '../helpers/services/service.ts'

const execute = promisify(execFile)

/** Larger than what git sends in one piece: it then asks first, and sends chunks. */
const large = 3 * 1024 ** 2

/** `setting` is how it sends its credential. */
function gitFor(folder: string, setting: string) {
  const settings = ['user.name=Alice', 'user.email=alice@example.com', setting]
  const env = { PATH: process.env['PATH'], HOME: folder, GIT_TERMINAL_PROMPT: '0' }
  return async (cwd: string, ...args: readonly string[]) => {
    const { stdout } = await execute('git', [...settings.flatMap((one) => ['-c', one]), ...args], { cwd, env })
    return stdout.trim()
  }
}

const asHeader = (token: string) => `http.extraHeader=Authorization: Bearer ${token}`
/** As a credential helper does it, which is asked after a 401. */
const asPassword = (token: string) => `credential.helper=!f() { echo username=any; echo password=${token}; }; f`

const skip = skipWithout('/usr/sbin/apache2', 'git', gitBackend)

for (const [way, setting, env] of [
  ['as a header', asHeader, {}],
  ['as a password', asPassword, { COGATE_CREDENTIALS_SOURCES: 'bearer,basicPassword' }],
  ['as a password, the only way', asPassword, { COGATE_CREDENTIALS_SOURCES: 'basicPassword' }],
] as const) {
  t.test(`git clones, pushes 3 MiB and fetches through the gate, its token ${way}`, { skip }, async (t) => {
    const { gate, token, issuer } = await gated(t, await startGitServer(t), env)
    const [folder, remote] = [makeFolder(t, 'git-work'), `http://127.0.0.1:${gate.port}/git/notes+1.git`]
    const git = gitFor(folder, setting(token))
    await git(folder, 'clone', '--quiet', remote, 'one')
    const one = join(folder, 'one')
    await git(one, 'checkout', '--quiet', '-B', 'main')
    writeFileSync(join(one, 'data'), randomBytes(large))
    await git(one, 'add', 'data')
    await git(one, 'commit', '--quiet', '-m', 'Data')
    await git(one, 'push', '--quiet', 'origin', 'main')
    await git(folder, 'clone', '--quiet', remote, 'two')
    const [pushed, cloned] = [await git(one, 'rev-parse', 'HEAD'), await git(join(folder, 'two'), 'rev-parse', 'HEAD')]
    t.equal(cloned, pushed)
    await git(one, 'commit', '--quiet', '--allow-empty', '-m', 'More')
    await git(one, 'push', '--quiet', 'origin', 'main')
    await git(join(folder, 'two'), 'pull', '--quiet')
    t.equal(await git(join(folder, 'two'), 'log', '-1', '--format=%s'), 'More')
    const stranger = gitFor(folder, setting(issuer.mintAccessToken({ clientId: 'stranger' })))
    await t.rejects(
      stranger(folder, 'clone', '--quiet', remote, 'three'),
      /could not read Username|Authentication failed/,
    )
    t.notOk(JSON.stringify(gate.lines).includes(token.slice(0, 40)), 'no log line has the token')
  })
}

t.test('git takes the token from the URL, and curl as the password', { skip }, async (t) => {
  const { gate, token } = await gated(t, await startGitServer(t), {
    COGATE_CREDENTIALS_SOURCES: 'bearer,basicPassword',
  })
  const folder = makeFolder(t, 'git-url')
  const path = `127.0.0.1:${gate.port}/git/notes+1.git`
  const git = gitFor(folder, 'http.followRedirects=false')
  await git(folder, 'clone', '--quiet', `http://anyone:${token}@${path}`, 'one')
  t.equal(await git(join(folder, 'one'), 'rev-parse', '--is-inside-work-tree'), 'true')
  const curl = async (...args: readonly string[]) => {
    const refs = `http://${path}/info/refs?service=git-upload-pack`
    const { stdout } = await execute('curl', ['-s', '-o', '/dev/null', '-w', '%{http_code}', ...args, refs])
    return stdout
  }
  t.equal(await curl('-u', `anyone:${token}`), '200')
  t.equal(await curl('--anyauth', '-u', `anyone:${token}`), '200', 'where it reads the challenges first')
  t.equal(await curl('-u', 'anyone:wrong'), '401')
  t.equal(await curl(), '401')
})
