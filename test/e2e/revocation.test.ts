/** Tokens that verify and are refused all the same, from the moment in which an entry is written. */
import { appendFileSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { FaultError } from '../../src/errors.ts'
import { runCogate } from '../helpers/cogate-process.ts'
import { startTestGate } from '../helpers/gateway.ts'
import { startTestIssuer } from '../helpers/issuer.ts'
import { sameOriginFetch, startLoginWorld } from '../helpers/login-world.ts'
import { readMetric } from '../helpers/metrics.ts'
import { startUpstream } from '../helpers/upstream.ts'

function makeFile(t: Test, text = ''): string {
  const folder = mkdtempSync(join(tmpdir(), 'cogate-revoked-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  const file = join(folder, 'revoked.jsonl')
  writeFileSync(file, text)
  return file
}

async function startWithList(t: Test, text = '') {
  const file = makeFile(t, text)
  const issuer = await startTestIssuer(t)
  const upstream = await startUpstream(t)
  const gate = await startTestGate(t, { issuer, upstream: upstream.url, env: { COGATE_REVOCATION_FILE: file } })
  const ask = async (token: string) => {
    const answer = await fetch(`http://127.0.0.1:${gate.port}/`, { headers: { authorization: `Bearer ${token}` } })
    return answer.status === 200 ? 'allowed' : `${answer.status} ${JSON.parse(await answer.text()).code}`
  }
  return { file, issuer, gate, ask }
}

const revoked = '401 token_revoked'

t.test('a remembered token is refused within 100 ms, by each name, and others are not', async (t) => {
  for (const name of ['--sub', '--username', '--origin-jti', '--jti', '--client-id']) {
    const { file, issuer, ask, gate } = await startWithList(t)
    const [one, other] = ['alice', 'bob'].map((username) => issuer.mintAccessToken({ username }))
    const claims = JSON.parse(Buffer.from((one ?? '').split('.')[1] ?? '', 'base64url').toString())
    t.same([await ask(one ?? ''), await ask(other ?? '')], ['allowed', 'allowed'])
    const value = claims[name.slice(2).replaceAll('-', '_')]
    t.type(value, 'string', name)
    const { code, stdout } = await runCogate(t, ['revoke', name, value, '--file', file])
    const writtenAt = performance.now()
    t.equal(code, 0, stdout)
    await gate.logged(({ msg }) => msg === 'revocations read')
    t.equal(await ask(one ?? ''), revoked, name)
    t.ok(performance.now() - writtenAt < 1000, 'at once, and not at the next look')
    t.equal(await ask(other ?? ''), name === '--client-id' ? revoked : 'allowed')
    t.equal(await readMetric(gate.opsPort, 'cogate_revocation_entries'), 1)
  }
})

t.test('a denied origin_jti stops a remembered token within 100 ms', async (t) => {
  const { file, issuer, ask } = await startWithList(t)
  const times: number[] = []
  for (let run = 0; run < 20; run++) {
    const token = issuer.mintAccessToken({ username: `user-${run}` })
    t.equal(await ask(token), 'allowed')
    const { origin_jti: value } = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())
    const began = performance.now()
    appendFileSync(file, `${JSON.stringify({ origin_jti: value })}\n`)
    while ((await ask(token)) !== revoked) if (performance.now() - began > 10_000) throw new Error('still allowed')
    times.push(performance.now() - began)
  }
  times.sort((a, b) => a - b)
  t.comment(
    `from before the write to the refusal: median ${times[10]?.toFixed(1)} ms, longest ${times[19]?.toFixed(1)} ms`,
  )
  t.ok((times[10] ?? 0) < 100)
})

t.test('an entry behind a last line without an end is an entry of its own', async (t) => {
  const { file, issuer, ask, gate } = await startWithList(t, '{"username":"alice"}')
  const [alice, bob] = ['alice', 'bob'].map((username) => issuer.mintAccessToken({ username }))
  t.same([await ask(alice ?? ''), await ask(bob ?? '')], [revoked, 'allowed'])
  t.equal((await runCogate(t, ['revoke', '--username', 'bob', '--file', file])).code, 0)
  t.equal(readFileSync(file, 'utf8'), '{"username":"alice"}\n{"username":"bob"}\n')
  await gate.logged(({ msg, entries }) => msg === 'revocations read' && entries === 2)
  t.same([await ask(alice ?? ''), await ask(bob ?? '')], [revoked, revoked])
})

t.test('an entry ends, and spares tokens that were issued later', async (t) => {
  const past = '2020-01-01T00:00:00Z'
  const { ask, issuer } = await startWithList(
    t,
    `{"username":"alice","until":"${past}"}\n{"username":"bob","issuedBefore":"${past}"}\n`,
  )
  t.equal(await ask(issuer.mintAccessToken({ username: 'alice' })), 'allowed')
  t.equal(await ask(issuer.mintAccessToken({ username: 'bob' })), 'allowed')
})

t.test('a list with a mistake stops the start, and later leaves the one before in use', async (t) => {
  const issuer = await startTestIssuer(t)
  for (const text of ['{', '{"sub":5}', '{"sub":"a","jti":"b"}', '{"email":"a"}', '{"sub":"a","until":"soon"}', '[]']) {
    const env = { COGATE_REVOCATION_FILE: makeFile(t, `# a comment\n\n${text}\n`) }
    await t.rejects(startTestGate(t, { issuer, upstream: 'http://127.0.0.1:1', env }), FaultError)
    await t.rejects(startTestGate(t, { issuer, upstream: 'http://127.0.0.1:1', env }), { message: /line 3: / })
  }
  const { file, ask, gate, issuer: own } = await startWithList(t, '{"username":"alice"}\n')
  const token = own.mintAccessToken({ username: 'alice' })
  t.equal(await ask(token), revoked)
  writeFileSync(file, '{"username":"alice"')
  await gate.logged(({ msg }) => String(msg).startsWith('revocations not read'))
  t.equal(await ask(token), revoked)
  writeFileSync(`${file}.new`, '')
  renameSync(`${file}.new`, file)
  await gate.logged(({ msg, entries }) => msg === 'revocations read' && entries === 0)
  t.equal(await ask(token), 'allowed')
})

t.test('a session whose token is revoked has ended, warm or not', async (t) => {
  const file = makeFile(t)
  const { openBrowser, gate } = await startLoginWorld(t, { env: { COGATE_REVOCATION_FILE: file } })
  const browser = openBrowser()
  t.equal((await browser.open('/', { as: 'alice' })).status, 200)
  t.equal((await browser.fetch('/', { headers: sameOriginFetch })).status, 200)
  writeFileSync(file, '{"username":"alice"}\n')
  await gate.logged(({ msg, entries }) => msg === 'revocations read' && entries === 1)
  const answer = await browser.fetch('/', { headers: sameOriginFetch })
  t.equal(answer.status, 401)
  t.match(JSON.parse(answer.body), { code: 'session_invalid' })
})

t.test('a session whose token was revoked after it had expired is not renewed, and a new sign-in works', async (t) => {
  const file = makeFile(t)
  const { openBrowser, gate, clock, issuer } = await startLoginWorld(t, { env: { COGATE_REVOCATION_FILE: file } })
  const browser = openBrowser()
  await browser.open('/', { as: 'alice' })
  const other = openBrowser()
  await other.open('/', { as: 'bob' })
  clock.advance(2 * 3_600_000)
  writeFileSync(file, `{"username":"alice","issuedBefore":"${new Date(clock.now()).toISOString()}"}\n`)
  await gate.logged(({ msg, entries }) => msg === 'revocations read' && entries === 1)
  clock.advance(2000)
  const answer = await browser.fetch('/', { headers: sameOriginFetch })
  t.equal(answer.status, 401)
  t.match(JSON.parse(answer.body), { code: 'session_invalid' })
  t.equal((await other.fetch('/', { headers: sameOriginFetch })).status, 200)
  for (const key of browser.cookies.keys()) if (key.startsWith(issuer.url)) browser.cookies.delete(key)
  t.equal((await browser.open('/', { as: 'alice' })).status, 200)
})

t.test('cogate revoke refuses words that would revoke nothing, or everything', async (t) => {
  const run = async (...args: string[]) => (await runCogate(t, ['revoke', ...args])).code
  const file = makeFile(t)
  for (const args of [
    [],
    ['--sub'],
    ['--sub', ''],
    ['--sub', 'a', '--jti', 'b'],
    ['--sub', 'a', '--for', 'ever'],
    ['--sub', 'a', '--issued-before', 'x'],
    ['--sub', 'a', '--what'],
  ]) {
    t.equal(await run(...args, '--file', file), 64, args.join(' '))
  }
  t.equal(await run('--sub', 'a', '--file', '/nowhere/at/all'), 1)
  t.equal(await run('--sub', 'a', '--issued-before', 'now', '--for', '24h', '--file', file), 0)
})

t.test('cogate revoke says which word is wrong, and shows no value', async (t) => {
  const run = (...args: string[]) => runCogate(t, ['revoke', ...args, '--file', makeFile(t)])
  const cases = [
    [['--user', 'hunter2'], /^cogate revoke: name one of --sub, --username,/],
    [['--username', 'a', '--for', '24'], /^cogate revoke: --for: expected a duration such as 24h\n/],
    [['--username', 'a', '--issued-before', 'yesterday'], /^cogate revoke: --issued-before: expected now, or a time/],
    [['--username', 'a', '--until=hunter2'], /^cogate revoke: --until: unknown, or of the configuration/],
    [['--username', 'a', 'hunter2'], /^cogate revoke: a word without a flag: /],
    [
      ['--jti', 'eyJhbGciOiJub25lIn0.eyJodW50ZXIyIjoxfQ.'],
      /^cogate revoke: --jti: expected a claim of the token, and not/,
    ],
    [['--sub', '--for=24h'], /^cogate revoke: name one of --sub, --username,/],
    [['--sub', 'a', '--prefix', '--for=24h'], /^cogate revoke: --prefix: unknown, or of the configuration/],
    [['--sub', ' hunter2'], /^cogate revoke: --sub: expected a text without blanks around it\n/],
    [['--sub', 'hunter2\n'], /^cogate revoke: --sub: expected a text without blanks around it\n/],
  ] as const
  for (const [args, text] of cases) {
    const { stderr } = await run(...args)
    t.match(stderr, text, args.join(' '))
    t.notMatch(stderr, /hunter2|eyJ/)
  }
})

t.test('cogate revoke says where no gate reads the list that it has written to', async (t) => {
  const file = makeFile(t, '{"sub":"a"}\n{"sub":5}\n')
  const { code, stderr } = await runCogate(t, ['revoke', '--sub', 'b', '--file', file])
  t.equal(code, 1)
  t.equal(
    stderr,
    `cogate: revoke: ${file}: line 2: sub is no text; the entry is written, and no gate reads it until the line is mended\n`,
  )
  t.match(readFileSync(file, 'utf8'), /\n\{"sub":"b"\}\n$/)
})

t.test('a list that is not there stops the start, and the message says how to begin one', async (t) => {
  const env = {
    COGATE_USER_POOL_ID: 'eu-west-1_AbCdEfGhI',
    COGATE_CLIENT_ID: 'a',
    COGATE_REVOCATION_FILE: '/nowhere/revoked.jsonl',
  }
  const { code, stderr } = await runCogate(t, ['start', '--listen', '127.0.0.1:0'], { env })
  t.equal(code, 1)
  t.match(stderr, 'revocation.file /nowhere/revoked.jsonl: does not exist; a list without entries is an empty file')
})

t.test('cogate revoke refuses places that it cannot write to, and a password that everybody could read', async (t) => {
  const run = (...args: string[]) => runCogate(t, ['revoke', '--sub', 'a', ...args])
  for (const args of [
    ['--redis', 'localhost:6379'],
    ['--redis', 'redis://127.0.0.1:1', '--file', '/tmp/x'],
    ['--redis', 'redis://127.0.0.1:1', '--listen', '127.0.0.1:0'],
    ['--prefix', 'x:'],
  ]) {
    const { code, stderr } = await run(...args)
    t.equal(code, 64, args.join(' '))
    t.match(stderr, /usage: cogate revoke/)
  }
  const { code, stderr } = await run('--redis', 'redis://:hunter2@127.0.0.1:1')
  t.equal(code, 64)
  t.match(stderr, /COGATE_REVOCATION_REDIS_URL/)
  t.notMatch(stderr, /hunter2/)
  const away = await run('--redis', 'redis://127.0.0.1:1')
  t.equal(away.code, 1)
  t.match(away.stderr, /revoke: redis:\/\/127\.0\.0\.1:1: .*ECONNREFUSED/)
})

t.test('cogate revoke writes where the configuration says', async (t) => {
  const file = makeFile(t)
  const pool = {
    COGATE_USER_POOL_ID: 'eu-west-1_AbCdEfGhI',
    COGATE_CLIENT_ID: 'a',
    COGATE_UPSTREAM: 'http://127.0.0.1:1',
  }
  const run = (env: object) => runCogate(t, ['revoke', '--sub', 'a'], { env: { ...pool, ...env } })
  t.equal((await run({ COGATE_REVOCATION_FILE: file })).stdout, `${file}: {"sub":"a"}\n`)
  t.match(await run({}), { code: 1, stderr: /neither revocation\.file nor revocation\.redis/ })
  const both = await run({ COGATE_REVOCATION_FILE: file, COGATE_REDIS_URL: 'redis://:hunter2@127.0.0.1:1' })
  t.match(both, { code: 1, stderr: /redis:\/\/127\.0\.0\.1:1: .*ECONNREFUSED/ })
  t.notMatch(both.stderr, /hunter2/)
})
