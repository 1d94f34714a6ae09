import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { runCogate } from '../helpers/cogate-process.ts'
import { gateEnvironment } from '../helpers/gateway.ts'
import { startTestIssuer } from '../helpers/issuer.ts'

const issuer = await startTestIssuer(t)
const routes = [{ path: '/*' }, { path: '/admin/*', groups: ['admin'] }]
const env = gateEnvironment({ issuer, upstream: 'http://127.0.0.1:9', routes })
const folder = t.testdir()

function fileWith(text: string): string {
  const file = join(folder, 'token.txt')
  writeFileSync(file, `${text}\n`)
  return file
}

t.test('a token that is refused: what it is, what to do, and no token', async (t) => {
  const token = issuer.mintIdToken()
  const { code, stdout } = await runCogate(t, ['explain', '--token-file', fileWith(token)], { env })
  t.equal(code, 1)
  t.match(stdout, /^refused {2}401 {2}token_use_not_allowed {2}\(id_token_sent\)$/m)
  t.match(stdout, /Send the access token/)
  t.match(stdout, /✘ token/)
  for (const part of token.split('.')) t.notMatch(stdout, part)
})

t.test('what it tells to do leads to a request that passes', async (t) => {
  const ask = (token: string) =>
    runCogate(t, ['explain', '--path', '/admin/7', '--json', '--token-file', fileWith(token)], { env })
  const before = JSON.parse((await ask(issuer.mintAccessToken({ groups: ['staff'] }))).stdout)
  t.match(before, { verdict: 'deny', status: 403, reason: 'insufficient_group', finding: 'group_missing' })
  t.match(before.fix, /Add the user to the group, and refresh the token/)
  const { code, stdout } = await ask(issuer.mintAccessToken({ groups: ['staff', 'admin'] }))
  t.equal(code, 0)
  t.match(JSON.parse(stdout), { verdict: 'allow', status: 200, reason: 'allowed' })
})

t.test('another time, another language, and the claims where they are asked for', async (t) => {
  const file = fileWith(issuer.mintAccessToken())
  const later = new Date(Date.now() + 2 * 3_600_000).toISOString()
  const { stdout } = await runCogate(t, ['explain', '--at', later, '--lang', 'ja', '--token-file', file], { env })
  t.match(stdout, /^拒否 {2}401 {2}token_expired {2}\(expired\)$/m)
  t.notMatch(stdout, /"sub"/)
  const shown = await runCogate(t, ['explain', '--show-claims', '--json', '--token-file', file], { env })
  t.ok(JSON.parse(shown.stdout).claims.sub)
})

t.test('a token of somebody else steers no terminal and turns no text around, in words, claims and JSON', async (t) => {
  const claims = { iss: 'https://a\u202e\u009b2J\u2066', client_id: 'b\u001b[2J\u200e', token_use: 'access' }
  const parts = [{ alg: 'RS256', kid: '\u2028\u00ad' }, claims].map((part) =>
    Buffer.from(JSON.stringify(part)).toString('base64url'),
  )
  const file = fileWith(`${parts.join('.')}.c2lnbmF0dXJl`)
  for (const more of [[], ['--show-claims'], ['--json', '--show-claims'], ['--lang', 'ja']]) {
    const { stdout } = await runCogate(t, ['explain', ...more, '--token-file', file], { env })
    t.match(stdout, /https:\/\/a/)
    t.notMatch(stdout, /[^\P{C}\n]|\p{Zl}/u, more.join(' '))
  }
})

t.test('without a token it says how the path is treated', async (t) => {
  const { code, stdout } = await runCogate(t, ['explain', '--path', '/admin/7', '--method', 'GET'], { env })
  t.equal(code, 1)
  t.match(stdout, /\/admin\/\* \(auth: required; one of the groups admin\)/)
  t.match(stdout, /less specific/)
})

t.test('words that are wrong are bad usage', async (t) => {
  for (const argv of [
    ['--at', 'noon'],
    ['--lang', 'fr'],
    ['--path', 'admin'],
    ['--token-file', '/nowhere'],
    ['--method', ''],
    ['--host', ''],
  ]) {
    const { code, stderr } = await runCogate(t, ['explain', ...argv], { env })
    t.equal(code, 64, argv.join(' '))
    t.match(stderr, argv[0])
  }
})

t.test('words that are nearly right say what would be', async (t) => {
  const cases = [
    [['--path', 'https://app.example.com/admin/7?x=1'], '--host app.example.com --path /admin/7?x=1'],
    [['--method', 'get'], '--method GET'],
    [['--host', 'https://app.example.com/x'], '--host app.example.com'],
  ] as const
  for (const [argv, line] of cases) {
    const { code, stderr } = await runCogate(t, ['explain', ...argv], { env })
    t.equal(code, 64, argv.join(' '))
    t.ok(stderr.endsWith(`write ${line}\n`), stderr)
    const followed = await runCogate(t, ['explain', ...line.split(' ')], { env })
    t.not(followed.code, 64, 'and it is taken')
  }
})

t.test('a token in the place of its file is not repeated', async (t) => {
  for (const token of [issuer.mintAccessToken(), 'eyJhbGciOiJub25lIn0.e30.', `Bearer ${issuer.mintAccessToken()}`]) {
    const { code, stdout, stderr } = await runCogate(t, ['explain', '--token-file', token], { env })
    t.same([code, stdout], [64, ''])
    t.match(stderr, /--token-file: expected a file that holds the token/)
    t.notMatch(stderr, /eyJ/)
  }
})
