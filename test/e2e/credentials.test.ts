/** A token in other places than `Authorization: Bearer`: what the service gets, what the caller is told, what the log has. */
import t, { type Test } from 'tap'
import type { RawExchange } from '../helpers/raw-socket.ts'
import { startStack } from '../helpers/stack.ts'
import { startUpstream } from '../helpers/upstream.ts'

const routes = [
  { path: '/open', auth: 'none' },
  { path: '/maybe', auth: 'optional' },
  { path: '/admin/*', groups: ['admin'] },
]

async function startWith(t: Test, sources: string, env: Readonly<Record<string, string>> = {}) {
  const all = { COGATE_CREDENTIALS_SOURCES: sources, COGATE_LOG_LEVEL: 'debug', ...env }
  const stack = await startStack(t, { routes, env: all })
  const { gate, upstream } = stack
  const token = stack.authorization.slice('Bearer '.length)
  const answers: string[] = []
  const ask = async (requestLine: string, ...fields: readonly string[]): Promise<Asked> => {
    const sent = upstream.requests.length
    const bytes = [`${requestLine} HTTP/1.1`, 'Host: app.example', ...fields, '\r\n'].join('\r\n')
    const exchange = await stack.send(bytes)
    answers.push(exchange.raw.toString('latin1'))
    return { status: statusOf(exchange), text: exchange.raw.toString('latin1'), received: upstream.requests[sent] }
  }
  /** In no answer and in no line of the log. */
  const showsNoToken = (...secrets: readonly string[]): void => {
    const log = JSON.stringify(gate.lines)
    for (const secret of [token, token.slice(-40), ...secrets]) {
      t.notOk(log.includes(secret), 'the log has no token')
      t.notOk(
        answers.some((answer) => answer.includes(secret)),
        'no answer has the token',
      )
    }
  }
  return { ...stack, token, ask, showsNoToken }
}

interface Asked {
  readonly status: number | undefined
  readonly text: string
  readonly received: { readonly url: string; readonly headers: Readonly<Record<string, unknown>> } | undefined
}

function statusOf({ responses }: RawExchange): number | undefined {
  return responses[0]?.status
}

/** What says why. */
function codeOf({ text }: Asked): string | undefined {
  return /"code":"(\w+)"/.exec(text)?.[1]
}

const basic = (password: string, user = 'alice') =>
  `Authorization: Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`

t.test('a password is the token, and the service gets a bearer token', async (t) => {
  const { ask, token, issuer } = await startWith(t, 'bearer,basicPassword')
  const passed = await ask('GET /x', basic(token))
  t.match(passed, { status: 200, received: { headers: { authorization: `Bearer ${token}` } } })
  t.ok(passed.received?.headers['x-cognito-sub'])
  t.match(await ask('GET /x', basic(token, '')), { status: 200 })
  t.match(await ask('GET /x', `Authorization: Bearer ${token}`), { status: 200 })
  const refused = await ask('GET /x', basic('wrong'))
  t.match(refused, { status: 401, received: undefined })
  t.equal(codeOf(refused), 'token_malformed')
  const expired = issuer.mintAccessToken({ clientId: 'stranger' })
  t.equal(codeOf(await ask('GET /x', basic(expired))), 'client_not_allowed')
  t.equal(codeOf(await ask('GET /admin/x', basic(token))), 'insufficient_group')
})

t.test('a 401 names the schemes that are accepted, each on a line of its own', async (t) => {
  const challenges = async (sources: string, ...fields: readonly string[]) => {
    const { ask } = await startWith(t, sources, { COGATE_AUTH_REALM: 'my "realm"' })
    const { text } = await ask('GET /x', ...fields)
    return [...text.matchAll(/^WWW-Authenticate: (.*)\r$/gim)].map(([, challenge]) => challenge)
  }
  const [bearer, basicChallenge] = ['Bearer realm="my \\"realm\\""', 'Basic realm="my \\"realm\\"", charset="UTF-8"']
  t.same(await challenges('bearer'), [bearer])
  t.same(await challenges('bearer,basicPassword'), [bearer, basicChallenge])
  t.same(await challenges('basicPassword'), [basicChallenge])
  t.same(await challenges('cookie:token'), [bearer])
  t.match(await challenges('bearer,basicPassword', basic('x')), [/error="invalid_token"/, basicChallenge])
})

t.test('with passToken false the service gets neither password nor token', async (t) => {
  const { ask, token } = await startWith(t, 'bearer,basicPassword,cookie:tok', {
    COGATE_IDENTITY_HEADERS_PASS_TOKEN: 'false',
  })
  for (const field of [basic(token), `Authorization: Bearer ${token}`, `Cookie: tok=${token}; a=1`]) {
    const { status, received } = await ask('GET /x', field)
    t.equal(status, 200)
    t.equal(JSON.stringify(received).includes(token), false)
    t.equal(received?.headers['authorization'], undefined)
  }
})

t.test('no route forwards what is in the places of cogate', async (t) => {
  const { ask, token } = await startWith(t, 'basicPassword,cookie:tok,insecureQuery:tok')
  for (const path of ['/open', '/maybe']) {
    for (const [target, ...fields] of [
      [path, basic('secret')],
      [path, 'Cookie: tok=secret; a=1'],
      [`${path}?tok=secret&a=1`],
      [path, 'Authorization: Bearer secret'],
    ] as const) {
      const { status, received } = await ask(`GET ${target}`, ...fields)
      if (status === 200) t.equal(JSON.stringify(received).includes('secret'), false, `${target} ${fields}`)
      else t.match({ path, status }, { path: '/maybe', status: 401 }, 'a bad token is refused where one is looked at')
    }
  }
  t.match(await ask('GET /maybe', basic(token)), { received: { headers: { authorization: `Bearer ${token}` } } })
  t.match(await ask('GET /maybe'), { status: 200, received: { headers: { authorization: undefined } } })
})

t.test('a cookie is the token, and reaches the service as a bearer token alone', async (t) => {
  const { ask, token } = await startWith(t, 'bearer,cookie:tok')
  const { status, received } = await ask('GET /x', `Cookie: a=1; tok="${token}"; b=2`)
  t.equal(status, 200)
  t.match(received?.headers, { cookie: 'a=1; b=2', authorization: `Bearer ${token}` })
  t.equal(codeOf(await ask('GET /x', 'Cookie: a=1')), 'token_missing')
  t.equal(codeOf(await ask('GET /x', `Cookie: tok=${token}; tok=${token}`)), 'credential_conflict')
  t.match(await ask('GET /x', `Cookie: tok=${token}`, 'Authorization: Basic eDp5'), {
    received: { headers: { authorization: 'Basic eDp5', cookie: undefined } },
  })
})

t.test('the cookies of Amplify are the token, for the app clients of the user pools', async (t) => {
  const { ask, token, issuer } = await startWith(t, 'bearer,amplify')
  const start = `CognitoIdentityServiceProvider.${issuer.clientId}`
  const cookies = (prefix: string) =>
    `Cookie: ${prefix}.LastAuthUser=a@b.c; ${prefix}.a%40b.c.accessToken=${token}; ${prefix}.a%40b.c.refreshToken=r; x=1`
  t.match(await ask('GET /x', cookies(start)), {
    status: 200,
    received: { headers: { cookie: 'x=1', authorization: `Bearer ${token}` } },
  })
  t.equal(codeOf(await ask('GET /x', cookies(`${start}x`))), 'token_missing')
})

t.test('a page of another site does nothing with a cookie or a password of the browser', async (t) => {
  const { ask, token } = await startWith(t, 'bearer,basicPassword,cookie:tok', {
    COGATE_PUBLIC_URL: 'https://app.example.com',
  })
  const foreign = 'Origin: https://evil.example'
  for (const credential of [`Cookie: tok=${token}`, basic(token)]) {
    const refused = await ask('POST /x', credential, foreign, 'Content-Length: 0')
    t.match(refused, { status: 403, received: undefined })
    t.equal(codeOf(refused), 'cross_site_request')
    t.match(await ask('GET /x', credential, foreign), { status: 200 })
    t.match(await ask('POST /x', credential, 'Content-Length: 0'), { status: 200 })
    t.match(await ask('POST /x', credential, 'Origin: https://app.example.com', 'Content-Length: 0'), { status: 200 })
    t.match(await ask('DELETE /x', credential, 'Sec-Fetch-Site: same-origin'), { status: 200 })
  }
  t.match(await ask('POST /x', `Authorization: Bearer ${token}`, foreign, 'Content-Length: 0'), { status: 200 })
})

t.test('a parameter is the token, and leaves the target', async (t) => {
  const { ask, token, gate } = await startWith(t, 'bearer,insecureQuery:tok')
  t.match(await ask(`GET /x?a=1&tok=${token}&b=%20`), {
    status: 200,
    received: { url: '/x?a=1&b=%20', headers: { authorization: `Bearer ${token}` } },
  })
  t.match(await ask(`GET /x?%74ok=${token}`, `Referer: https://app.example/y?tok=${token}`), {
    status: 200,
    received: { url: '/x', headers: { referer: 'https://app.example/y' } },
  })
  t.equal(codeOf(await ask(`GET /x?tok=${token}&tok=${token}`)), 'credential_conflict')
  t.equal(codeOf(await ask(`GET /x?tok=${token}`, `Authorization: Bearer ${token}`)), 'credential_conflict')
  t.equal(codeOf(await ask('GET /x?tok=')), 'token_malformed')
  t.equal(codeOf(await ask(`GET /x?token=${token}`)), 'token_missing')
  t.match(await ask('GET /open?tok=x&a=1'), { status: 200, received: { url: '/open?a=1' } })
  await gate.logged((line) => line['reason'] === 'token_missing')
  t.equal(
    gate.lines.some((line) => JSON.stringify(line).includes(token.slice(0, 30))),
    false,
  )
})

t.test('no log line and no answer has the token, whichever way it is refused', async (t) => {
  const { ask, token, issuer, showsNoToken, gate } = await startWith(
    t,
    'bearer,basicPassword,cookie:tok,insecureQuery:tok,webSocketProtocol',
  )
  const stranger = issuer.mintAccessToken({ clientId: 'stranger' })
  const password = Buffer.from(`alice:${stranger}`).toString('base64')
  await ask('GET /x', basic(stranger))
  await ask('GET /x', `Cookie: tok=${stranger}`)
  await ask(`GET /x?tok=${stranger}`)
  await ask('GET /x', `Sec-WebSocket-Protocol: base64url.bearer.cogate, ${stranger}`)
  await ask(`GET /x?tok=${stranger}`, `Cookie: tok=${token}`, basic(token))
  await ask('POST /x', `Cookie: tok=${token}`, 'Origin: https://evil.example', 'Content-Length: 0')
  await gate.logged((line) => line['reason'] === 'cross_site_request')
  showsNoToken(stranger, stranger.slice(-40), password)
  const told = gate.lines.filter((line) => line['reason'] === 'client_not_allowed')
  t.same(
    told.map((line) => line['client_id']),
    ['stranger', 'stranger', 'stranger', 'stranger'],
    'at level debug the log tells what the refused token says of itself, wherever it was',
  )
})

t.test(
  'two credentials are a conflict in every place that is read, and report mode lets them pass without identity',
  async (t) => {
    const { ask, token } = await startWith(t, 'bearer,cookie:tok', { COGATE_MODE: 'report' })
    const { status, received } = await ask('GET /x', `Cookie: tok=${token}`, `Authorization: Bearer ${token}`)
    t.equal(status, 200)
    t.equal(received?.headers['cookie'], undefined)
  },
)

t.test('no shared cache keeps an answer whose token was not in Authorization', async (t) => {
  const { ask, token } = await startWith(t, 'bearer,basicPassword,cookie:tok,insecureQuery:tok')
  t.match((await ask('GET /x', `Cookie: tok=${token}`)).text, /\r\nCache-Control: private\r\n/)
  t.match((await ask(`GET /x?tok=${token}`)).text, /\r\nCache-Control: private\r\n/)
  for (const field of [basic(token), `Authorization: Bearer ${token}`]) {
    t.notMatch((await ask('GET /x', field)).text, /Cache-Control/)
  }
  t.notMatch((await ask('GET /open')).text, /Cache-Control/)
})

t.test('a further service gets no credential either', async (t) => {
  const further = await startUpstream(t)
  const { send, authorization } = await startStack(t, {
    routes: [{ path: '/reports/*', upstream: 'reports' }],
    env: {
      COGATE_CREDENTIALS_SOURCES: 'cookie:tok',
      COGATE_UPSTREAMS: JSON.stringify([{ name: 'reports', url: further.url }]),
    },
  })
  const cookie = `Cookie: tok=${authorization.slice('Bearer '.length)}; a=1`
  await send(['GET /reports/x HTTP/1.1', 'Host: a', cookie, '\r\n'].join('\r\n'))
  t.match(further.requests[0]?.headers, { cookie: 'a=1', authorization })
})
