/** git over HTTP behind a gate with three rules: clone, push and fetch with a token, which is sent as a header. */
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

function gitFor(folder: string, token: string) {
  const settings = [
    'user.name=Alice',
    'user.email=alice@example.com',
    `http.extraHeader=Authorization: Bearer ${token}`,
  ]
  const env = { PATH: process.env['PATH'], HOME: folder, GIT_TERMINAL_PROMPT: '0' }
  return async (cwd: string, ...args: readonly string[]) => {
    const { stdout } = await execute('git', [...settings.flatMap((one) => ['-c', one]), ...args], { cwd, env })
    return stdout.trim()
  }
}

t.test(
  'git clones, pushes 3 MiB and fetches through the gate',
  { skip: skipWithout('/usr/sbin/apache2', 'git', gitBackend) },
  async (t) => {
    const { gate, token, issuer } = await gated(t, await startGitServer(t))
    const [folder, remote] = [makeFolder(t, 'git-work'), `http://127.0.0.1:${gate.port}/git/notes+1.git`]
    const git = gitFor(folder, token)
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
    const stranger = gitFor(folder, issuer.mintAccessToken({ clientId: 'stranger' }))
    await t.rejects(
      stranger(folder, 'clone', '--quiet', remote, 'three'),
      /could not read Username|Authentication failed/,
    )
  },
)
