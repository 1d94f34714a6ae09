/**
 * Attack: bodies that are no bodies of an operation, too large, or made to become more than text; and a look into log and metrics for
 * what was sent. A green run proves typed refusals, no call of Cognito, and no secret in what is recorded.
 */
import { once } from 'node:events'
import { connect } from 'node:net'
import fc from 'fast-check'
import t from 'tap'
import { operations } from '../../src/auth-api/operations.ts'
import { startAuthWorld } from '../helpers/auth-world.ts'
import { publicOrigin } from '../helpers/login-world.ts'

const password = 'demo-password'

t.test('a body that is not that of its operation is 400, and Cognito is not asked', async (t) => {
  const { openBrowser, call, issuer } = await startAuthWorld(t)
  const bodies: readonly unknown[] = [
    ...['', 'x', '[]', 'null', '"a"', '{', '{}', '{"username":"alice"}', '\u0000'],
    { username: 'alice', password: 5 },
    { username: ['alice'], password },
    { username: { $ne: '' }, password },
    { username: '', password },
    { username: 'a'.repeat(129), password },
    { username: 'alice', password: 'a'.repeat(257) },
    { username: 'alice', password, preferred: 'NTLM' },
    { username: 'alice', password, more: true },
    { username: '\ud800', password },
    '{"username":"alice","password":"demo-password","__proto__":{"preferred":"x"}}',
    '{"username":"alice","password":"demo-password","constructor":1}',
  ]
  for (const body of bodies) {
    const answer = await call(openBrowser(), 'sign-in', body)
    t.match(answer, { status: 400, json: { code: 'request_invalid' } }, JSON.stringify(body).slice(0, 80))
  }
  for (const attributes of [[], 'x', { '': 'a' }, { 'a b': 'c' }, { email: 5 }, { email: { a: 'b' } }, { email: '' }]) {
    const body = { username: 'new', password: 'a-good-password', attributes }
    t.match(await call(openBrowser(), 'sign-up', body), { status: 400 }, JSON.stringify(attributes))
  }
  const many = Object.fromEntries(Array.from({ length: 31 }, (_, at) => [`custom:${at}`, 'x']))
  t.match(await call(openBrowser(), 'sign-up', { username: 'new', password, attributes: many }), { status: 400 })
  t.same(issuer.login.apiRequests, [])
})

t.test('an attribute that is called __proto__ is an attribute and nothing else', async (t) => {
  const { openBrowser, call, asked } = await startAuthWorld(t)
  const text = '{"username":"new","password":"a-good-password","attributes":{"__proto__":"x","email":"n@example.com"}}'
  t.equal((await call(openBrowser(), 'sign-up', text)).status, 200)
  t.match(asked('SignUp'), [{ UserAttributes: [{ Name: '__proto__', Value: 'x' }, { Name: 'email' }] }])
})

t.test('more than 16 KiB are 413, announced or in chunks, and invalid UTF-8 is 400', async (t) => {
  const { gate, issuer } = await startAuthWorld(t)
  const send = (body: NonNullable<RequestInit['body']>, duplex?: 'half') =>
    fetch(`http://127.0.0.1:${gate.port}/_cogate/auth/sign-in`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: publicOrigin },
      body,
      ...(duplex && { duplex }),
    })
  const large = JSON.stringify({ username: 'alice', password: 'a'.repeat(20_000) })
  t.equal((await send(large)).status, 413)
  t.equal((await send(new Blob([large]).stream(), 'half')).status, 413)
  t.equal((await send(Buffer.from('{"username":"\xff","password":"x"}', 'latin1'))).status, 400)
  t.same(issuer.login.apiRequests, [])
})

const head = (...lines: readonly string[]) =>
  ['POST /_cogate/auth/sign-in HTTP/1.1', 'Host: app.example.com', ...lines, '', ''].join('\r\n')
const jsonHead = (...lines: readonly string[]) => head('Content-Type: application/json', ...lines)

t.test(
  'the answer to a body that is too large does not wait for its end, and the next request is its own',
  async (t) => {
    const { gate, issuer } = await startAuthWorld(t)
    const socket = connect(gate.port, '127.0.0.1')
    t.teardown(() => socket.destroy())
    const part = `5000\r\n${'a'.repeat(0x5000)}\r\n`
    socket.write(jsonHead('Transfer-Encoding: chunked') + part)
    const [first] = (await once(socket, 'data', { signal: AbortSignal.timeout(5000) })) as [Buffer]
    t.match(first.toString(), /^HTTP\/1\.1 413 .*"code":"request_too_large"/s)
    socket.write(`${part.repeat(20)}0\r\n\r\n${head('Content-Length: 0')}`)
    const [second] = (await once(socket, 'data', { signal: AbortSignal.timeout(5000) })) as [Buffer]
    t.match(second.toString(), /^HTTP\/1\.1 415 /)
    t.same(issuer.login.apiRequests, [])
  },
)

t.test(
  'a caller that waits for 100 Continue is asked for the body, unless the call is refused without it',
  async (t) => {
    const { gate } = await startAuthWorld(t)
    const json = JSON.stringify({ username: 'alice', password })
    const expecting = [`Content-Length: ${json.length}`, 'Expect: 100-continue']
    const socket = connect(gate.port, '127.0.0.1')
    t.teardown(() => socket.destroy())
    socket.write(jsonHead(...expecting))
    const [first] = (await once(socket, 'data', { signal: AbortSignal.timeout(5000) })) as [Buffer]
    t.equal(first.toString(), 'HTTP/1.1 100 Continue\r\n\r\n')
    socket.write(json)
    const [answer] = (await once(socket, 'data', { signal: AbortSignal.timeout(5000) })) as [Buffer]
    t.match(answer.toString(), /^HTTP\/1\.1 200 OK\r\n/)
    const refused = connect(gate.port, '127.0.0.1')
    t.teardown(() => refused.destroy())
    refused.write(head('Content-Type: text/plain', ...expecting))
    const [refusal] = (await once(refused, 'data', { signal: AbortSignal.timeout(5000) })) as [Buffer]
    t.match(refusal.toString(), /^HTTP\/1\.1 415 /)
  },
)

t.test('whatever is sent to whichever operation, the answer is typed', async (t) => {
  const { openBrowser, call } = await startAuthWorld(t)
  const paths = Object.values(operations).map(({ path }) => path)
  const names = fc.constantFrom(
    'username',
    'password',
    'session',
    'answer',
    'code',
    'attributes',
    'everywhere',
    'totp',
    '__proto__',
  )
  const value = fc.oneof(fc.jsonValue({ maxDepth: 3 }), fc.string({ unit: 'binary', maxLength: 20 }), fc.boolean())
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...paths), fc.dictionary(names, value), async (path, body) => {
      const { status, json } = await call(openBrowser(), path, body)
      return status < 300 || (status < 500 && typeof json.code === 'string')
    }),
    { numRuns: 150 },
  )
  t.pass('none was 5xx')
})

t.test('nothing that was sent is in the log or the metrics', async (t) => {
  const { openBrowser, call, gate, issuer } = await startAuthWorld(t, {
    env: (at) => ({ COGATE_AUTH_API_ENDPOINT: at.url, COGATE_LOG_LEVEL: 'trace', COGATE_AUTH_API_REVEAL: 'true' }),
  })
  const browser = openBrowser()
  const secret = 'S3cret-of-a-person'
  issuer.login.putUser({
    username: 'hugo-name',
    password: secret,
    email: 'hugo@mail.example',
    mfa: { enabled: ['EMAIL_OTP'] },
  })
  const first = await call(browser, 'sign-in', { username: 'hugo-name', password: secret })
  const code = issuer.login.lastCode('hugo-name') ?? ''
  await call(browser, 'challenge', { session: first.json.session, answer: { code } })
  await call(browser, 'sign-in', { username: 'hugo-name', password: `wrong ${secret}` })
  await call(browser, 'sign-up', {
    username: 'hugo-name',
    password: secret,
    attributes: { email: 'hugo@mail.example' },
  })
  await call(browser, 'password', { current: secret, newPassword: `${secret}-2` })
  issuer.login.failNextCall({ type: 'InternalErrorException', message: secret })
  await call(browser, 'forgot', { username: 'hugo-name' })
  await call(browser, 'sign-out', {})
  const metrics = await (await fetch(`http://127.0.0.1:${gate.opsPort}/metrics`)).text()
  const recorded = JSON.stringify(gate.lines) + metrics
  t.match(recorded, 'InitiateAuth', 'calls are counted')
  t.match(recorded, '/_cogate/auth/sign-in')
  for (const text of [secret, 'hugo', 'eyJ', first.json.session?.slice(0, 20) ?? '', `"${code}"`])
    t.notOk(recorded.includes(text), text)
})

t.test('a body that stops is 408, and its connection ends', async (t) => {
  const { gate, issuer } = await startAuthWorld(t, {
    env: (at) => ({ COGATE_AUTH_API_ENDPOINT: at.url, COGATE_LIMITS_BODY_IDLE: '1s' }),
  })
  for (const part of ['{"us', '']) {
    const socket = connect(gate.port, '127.0.0.1')
    t.teardown(() => socket.destroy())
    socket.write(jsonHead('Content-Length: 50') + part)
    const [answer] = (await once(socket, 'data', { signal: AbortSignal.timeout(10_000) })) as [Buffer]
    t.match(answer.toString(), /^HTTP\/1\.1 408 .*"code":"request_timeout"/s, JSON.stringify(part))
    await once(socket, 'close', { signal: AbortSignal.timeout(10_000) })
  }
  t.same(
    gate.lines.filter(({ msg }) => msg === 'fault'),
    [],
  )
  t.same(issuer.login.apiRequests, [])
})
