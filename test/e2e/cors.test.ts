/** What pages of other origins may read of cogate's own answers, and the preflights that it answers. */
import t, { type Test } from 'tap'
import { startStack } from '../helpers/stack.ts'

const origin = 'https://app.example'
const other = 'https://other.example'
const allowing = { COGATE_CORS_ALLOW_ORIGINS: `https://a.example,${origin}` }
const answering = { ...allowing, COGATE_CORS_PREFLIGHT: 'answer' }

type Environment = Readonly<Record<string, string>>

async function startAsking(t: Test, env: Environment, path = '/x') {
  const stack = await startStack(t, { env, routes: [{ path: '/admin/*', groups: ['admin'], methods: ['GET'] }] })
  return {
    ...stack,
    ask: async (fields: readonly string[], line = `GET ${path}`) => {
      const bytes = `${line} HTTP/1.1\r\n${['Host: a', ...fields].join('\r\n')}\r\n\r\n`
      const { responses } = await stack.send(bytes, { methods: [line.split(' ')[0] ?? ''] })
      const [response] = responses
      if (response === undefined) throw new TypeError('no answer')
      return response
    },
  }
}

const readable = {
  'access-control-allow-origin': [origin],
  'access-control-allow-credentials': ['true'],
  'access-control-expose-headers': [/WWW-Authenticate.*Retry-After.*X-Request-Id/],
  vary: ['Origin'],
}

t.test('a page of a listed origin can read every refusal', async (t) => {
  const { ask, authorization, upstream } = await startAsking(t, { ...allowing, COGATE_LIMITS_BODY: '10B' })
  const token = `Authorization: ${authorization}`
  const from = `Origin: ${origin}`
  const refusals = [
    [401, await ask([from])],
    [401, await ask([from, 'Authorization: Bearer x'])],
    [403, await ask([from, token], 'GET /admin/x')],
    [404, await ask([from, token], 'PUT /admin/x')],
    [400, await ask([from, token], 'GET /%zz')],
    [413, await ask([from, token, 'Content-Length: 11'], 'POST /')],
  ] as const
  t.equal(upstream.requests.length, 0)
  for (const [status, answer] of refusals) t.match(answer, { status, headers: readable }, String(status))
  await upstream.close()
  t.match(await ask([from, token]), { status: 502, headers: readable })
})

t.test('a page of a listed origin can read when it may come again', async (t) => {
  const { ask, authorization } = await startAsking(t, { ...allowing, COGATE_RATE_LIMIT_PER_SUBJECT: '1/h' })
  const fields = [`Authorization: ${authorization}`, `Origin: ${origin}`]
  t.equal((await ask(fields)).status, 200)
  t.match(await ask(fields), { status: 429, headers: { ...readable, 'retry-after': [/\d/] } })
})

t.test('a page of any other origin can read none, and a cache is told that they differ', async (t) => {
  const { ask } = await startAsking(t, allowing)
  for (const fields of [[], [`Origin: ${other}`], ['Origin: null'], [`Origin: ${origin}`, `Origin: ${origin}`]]) {
    const { status, headers } = await ask(fields)
    t.equal(status, 401)
    t.same(headers['vary'], ['Origin'])
    t.same(
      Object.keys(headers).filter((name) => name.startsWith('access-control-')),
      [],
      fields.join(),
    )
  }
})

t.test('without origins refusals say nothing of CORS', async (t) => {
  const { ask } = await startAsking(t, {})
  const { headers } = await ask([`Origin: ${origin}`])
  t.same(
    Object.keys(headers).filter((name) => name === 'vary' || name.startsWith('access-control-')),
    [],
  )
})

t.test('answers of the service keep their own CORS headers', async (t) => {
  const { gate, authorization } = await startStack(t, {
    env: answering,
    handler: (_, response) => response.writeHead(200, { 'access-control-allow-origin': '*', vary: 'Accept' }).end('ok'),
  })
  const { headers } = await fetch(gate.url, { headers: { authorization, origin } })
  t.equal(headers.get('access-control-allow-origin'), '*')
  t.equal(headers.get('vary'), 'Accept')
  t.equal(headers.get('access-control-expose-headers'), null)
})

const preflight = (from: string) => [
  `Origin: ${from}`,
  'Access-Control-Request-Method: PUT',
  'Access-Control-Request-Headers: authorization, content-type',
]

t.test('answers preflights of listed origins, and passes none to the service', async (t) => {
  const { ask, upstream, gate } = await startAsking(t, answering)
  for (const path of ['/x', '/admin/x']) {
    const answer = await ask(preflight(origin), `OPTIONS ${path}`)
    t.match(answer, {
      status: 204,
      headers: {
        'access-control-allow-origin': [origin],
        'access-control-allow-methods': ['PUT'],
        'access-control-allow-headers': ['authorization, content-type'],
        'x-request-id': [String],
      },
    })
  }
  t.equal(upstream.requests.length, 0)
  const line = await gate.logged(({ msg, path }) => msg === 'access' && path === '/admin/x')
  t.match(line, { outcome: 'allow', reason: 'allowed', status: 204 })
})

t.test('every other OPTIONS is decided like any request', async (t) => {
  const { ask } = await startAsking(t, answering)
  t.equal((await ask(preflight(other), 'OPTIONS /x')).status, 401)
  t.equal((await ask([`Origin: ${origin}`], 'OPTIONS /x')).status, 401, 'it asks for no method')
  t.equal((await ask(preflight(origin), 'OPTIONS /%zz')).status, 400)
  const { ask: askDenying } = await startAsking(t, allowing)
  t.equal((await askDenying(preflight(origin), 'OPTIONS /x')).status, 401)
})
