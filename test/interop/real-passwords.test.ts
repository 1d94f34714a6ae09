/** Programs that know user names and passwords alone: their password is the token. */
import { execFile, execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { gated } from '../helpers/services/gated.ts'
import { makeFolder, skipWithout } from '../helpers/services/service.ts'
import { startSvnServer, svnModule } from '../helpers/services/svn.ts'
import { startUpstream } from '../helpers/upstream.ts'

const execute = promisify(execFile)
const env = { COGATE_CREDENTIALS_SOURCES: 'bearer,basicPassword' }

t.test(
  'svn checks out, commits and copies with its token as the password',
  { skip: skipWithout('/usr/sbin/apache2', 'svn', 'svnadmin', svnModule) },
  async (t) => {
    const { gate, token, issuer } = await gated(t, await startSvnServer(t), env)
    const [folder, remote] = [makeFolder(t, 'svn-work'), `http://127.0.0.1:${gate.port}/svn/notes`]
    const svnAs =
      (password: string) =>
      async (cwd: string, ...args: readonly string[]) => {
        const known = ['--non-interactive', '--no-auth-cache', '--username', 'any', '--password', password]
        const { stdout } = await execute('svn', [...args, ...known], { cwd, env: { ...process.env, HOME: folder } })
        return stdout.trim()
      }
    const svn = svnAs(token)
    await svn(folder, 'checkout', remote, 'one')
    const one = join(folder, 'one')
    writeFileSync(join(one, 'data.txt'), 'data\n')
    await svn(one, 'add', 'data.txt')
    await svn(one, 'commit', '-m', 'Data')
    await svn(one, 'copy', `${remote}/data.txt`, `${remote}/copy.txt`, '-m', 'Copy')
    await svn(folder, 'checkout', remote, 'two')
    t.equal(readFileSync(join(folder, 'two/copy.txt'), 'utf8'), 'data\n')
    const stranger = svnAs(issuer.mintAccessToken({ clientId: 'stranger' }))
    await t.rejects(
      stranger(folder, 'checkout', remote, 'three'),
      /Authentication failed|Authorization failed|E170001|E215004/,
    )
    t.notOk(JSON.stringify(gate.lines).includes(token.slice(0, 40)), 'no log line has the token')
  },
)

/** A package of one module, as `pip download` takes it. */
function writeWheel(folder: string): Buffer {
  const name = 'notes-1.0-py3-none-any.whl'
  const script = [
    'import sys, zipfile',
    'with zipfile.ZipFile(sys.argv[1], "w") as wheel:',
    '    info = "notes-1.0.dist-info/"',
    '    wheel.writestr("notes.py", "")',
    '    wheel.writestr(info + "METADATA", "Metadata-Version: 2.1\\nName: notes\\nVersion: 1.0\\n")',
    '    wheel.writestr(info + "WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")',
    '    wheel.writestr(info + "RECORD", "")',
  ].join('\n')
  execFileSync('/usr/bin/python3', ['-c', script, join(folder, name)])
  return readFileSync(join(folder, name))
}

t.test(
  'pip finds and downloads a package with its token as the password in the address of the index',
  { skip: skipWithout('/usr/bin/pip3', '/usr/bin/python3') },
  async (t) => {
    const folder = makeFolder(t, 'pip')
    const wheel = writeWheel(folder)
    const page = '<!doctype html><a href="/files/notes-1.0-py3-none-any.whl">notes-1.0-py3-none-any.whl</a>'
    const upstream = await startUpstream(t, ({ url = '' }, response) => {
      if (url.endsWith('.whl')) response.end(wheel)
      else response.setHeader('content-type', 'text/html').end(page)
    })
    const { gate, token } = await gated(t, upstream.url, env)
    const download = async (password: string, target: string) => {
      const index = `http://any:${password}@127.0.0.1:${gate.port}/simple/`
      const args = [
        'download',
        '--no-deps',
        '--no-cache-dir',
        '--no-input',
        '--index-url',
        index,
        '-d',
        join(folder, target),
      ]
      await execute('/usr/bin/pip3', [...args, 'notes'], {
        cwd: folder,
        env: { PATH: process.env['PATH'], HOME: folder },
      })
    }
    await download(token, 'got')
    t.same(readFileSync(join(folder, 'got/notes-1.0-py3-none-any.whl')), wheel)
    t.equal(
      upstream.requests.every(({ headers }) => headers.authorization === `Bearer ${token}`),
      true,
    )
    await t.rejects(download('wrong', 'none'))
  },
)

t.test(
  'skopeo, which is Docker to a registry, signs in where Basic alone is asked for',
  { skip: skipWithout('skopeo') },
  async (t) => {
    const upstream = await startUpstream(t, (_, response) => response.end('{}'))
    const login = async (sources: string, password?: string) => {
      const { gate, token } = await gated(t, upstream.url, { COGATE_CREDENTIALS_SOURCES: sources })
      const folder = makeFolder(t, 'skopeo')
      const args = ['login', '--tls-verify=false', '--authfile', join(folder, 'auth.json'), '-u', 'any']
      const { stdout } = await execute('skopeo', [...args, '-p', password ?? token, `127.0.0.1:${gate.port}`])
      return stdout.trim()
    }
    t.equal(await login('basicPassword'), 'Login Succeeded!')
    await t.rejects(login('basicPassword', 'wrong'), /invalid username\/password/)
    await t.rejects(
      login('bearer,basicPassword'),
      /unsupported protocol scheme/,
      'it takes the realm of Bearer for an address',
    )
  },
)
