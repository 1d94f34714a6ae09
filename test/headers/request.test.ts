import t from 'tap'
import { readFields } from '../../src/headers/head-fields.ts'
import { trustedRequestId, upstreamHeaders } from '../../src/headers/request.ts'
import { createCaller } from '../helpers/caller.ts'
import { createHeaderRules, forwardLines, type Line, plainPeer, upstreamHost } from '../helpers/header-rules.ts'

const ours: readonly Line[] = [
  ['X-Forwarded-For', '192.0.2.7'],
  ['X-Forwarded-Proto', 'http'],
  ['X-Forwarded-Port', '8181'],
]
/** What a request without a Host header gets. */
const host: Line = ['Host', upstreamHost]
const requestId: Line = ['X-Request-Id', 'id-1']

/** Those of these lines that pass, without the lines that the gate adds. */
function passed(received: readonly Line[], rules = createHeaderRules()): Line[] {
  const added = new Set([
    'X-Forwarded-For',
    'X-Forwarded-Proto',
    'X-Forwarded-Port',
    'X-Forwarded-Host',
    'Via',
    'X-Request-Id',
  ])
  return forwardLines(rules, received).filter(([name, value]) => !added.has(name) && value !== upstreamHost)
}

t.test('passes ordinary headers on as they came, repeated ones included', async (t) => {
  const received: Line[] = [
    ['Accept', '*/*'],
    ['X-Trace', 'a'],
    ['x-trace', 'b'],
    ['Content-Length', '3'],
    ['X-Empty', ''],
  ]
  t.strictSame(passed(received), received)
})

t.test('adds where the request came from and its id, last', async (t) => {
  t.strictSame(forwardLines(createHeaderRules(), []), [host, ...ours, requestId])
  t.strictSame(forwardLines(createHeaderRules(), [['host', 'app.example']]), [
    ['Host', 'app.example'],
    ...ours,
    ['X-Forwarded-Host', 'app.example'],
    requestId,
  ])
})

t.test('adds the identity of the caller after everything the caller sent', async (t) => {
  const rules = createHeaderRules({ identity: { preset: 'remote-user' } })
  const caller = createCaller({}, { identityLines: 'Remote-User: alice\r\n' })
  const lines = forwardLines(rules, [['X-A', '1']], { caller })
  t.strictSame(lines, [['X-A', '1'], host, ...ours, ['Remote-User', 'alice'], requestId])
})

t.test('sends the Host of the upstream where that is configured, and where the caller sent none', async (t) => {
  const rules = createHeaderRules({ preserveHost: false })
  t.strictSame(forwardLines(rules, [['Host', 'app.example']]), [
    host,
    ...ours,
    ['X-Forwarded-Host', 'app.example'],
    requestId,
  ])
})

t.test('strips every spelling of an identity header', async (t) => {
  const names = [
    'X-Forwarded-User',
    'x_forwarded_user',
    'X.Cognito.Sub',
    'Remote_User',
    'X+WEBAUTH+ROLE',
    'X-Amzn-Oidc-Data',
  ]
  t.strictSame(passed(names.map((name) => [name, 'mallory'])), [])
})

t.test('strips hop-by-hop headers and their aliases', async (t) => {
  const names = [
    'Connection',
    'Keep-Alive',
    'Keep_Alive',
    'Proxy',
    'Proxy-Authenticate',
    'Proxy-Authorization',
    'Proxy-Connection',
    'TE',
    'Trailer',
    'Transfer-Encoding',
    'Transfer_Encoding',
    'Upgrade',
    'Expect',
    'HTTP2-Settings',
    'X-Request-Id',
    'X_Request_Id',
  ]
  t.strictSame(passed(names.map((name) => [name, 'close'])), [])
})

t.test('strips aliases of headers that frame, route or authenticate', async (t) => {
  const names = ['Content_Length', 'Content.Type', 'Host_', 'C0okie', 'Authorization_']
  t.strictSame(
    passed([
      ['Content_Length', '3'],
      ['Content.Type', 'a/b'],
    ]),
    [],
  )
  t.strictSame(
    passed([
      ['X_Forwarded_For', '1.1.1.1'],
      ['X_Real.IP', '1.1.1.1'],
    ]),
    [],
  )
  t.strictSame(
    passed(names.slice(2).map((name) => [name, 'x'])),
    names.slice(2).map((name) => [name, 'x']),
    'other names pass',
  )
})

t.test('joins lines of Cookie and passes Authorization on', async (t) => {
  t.strictSame(
    passed([
      ['cookie', 'a=1'],
      ['authorization', 'Bearer x'],
      ['Cookie', 'b=2'],
    ]),
    [
      ['Cookie', 'a=1; b=2'],
      ['Authorization', 'Bearer x'],
    ],
  )
})

t.test('keeps the token to itself where that is configured, and only the token', async (t) => {
  const rules = createHeaderRules({ identity: { passToken: false } })
  t.strictSame(passed([['Authorization', 'bEARER x']], rules), [])
  t.strictSame(passed([['Authorization', 'Basic dTpw']], rules), [['Authorization', 'Basic dTpw']])
})

t.test('strips what Connection names', async (t) => {
  t.strictSame(
    passed([
      ['Connection', 'close, X-A'],
      ['x-a', '1'],
      ['X-B', '2'],
      ['connection', ' x-b '],
    ]),
    [],
  )
})

t.test('keeps what Connection must not name: framing and what the gate sends itself', async (t) => {
  const nominated =
    'content-length, content-type, host, cookie, authorization, x-forwarded-for, x-forwarded-user, x-request-id, via'
  const received: Line[] = [
    ['Connection', nominated],
    ['Content-Length', '3'],
    ['Content-Type', 'a/b'],
    ['Host', 'h'],
    ['Cookie', 'a=1'],
    ['Authorization', 'Bearer x'],
  ]
  const lines = forwardLines(createHeaderRules({ via: true }), received, { caller: createCaller() })
  t.strictSame(
    lines.slice(0, 5),
    received.slice(1).map(([name, value]) => [name, value]),
  )
  const names = lines.map(([name]) => name)
  for (const name of ['X-Forwarded-For', 'X-Forwarded-User', 'X-Request-Id', 'Via']) t.ok(names.includes(name), name)
})

t.test('leaves everything in place for the usual Connection headers', async (t) => {
  for (const value of ['keep-alive', 'close', 'Keep-Alive, Upgrade', 'upgrade']) {
    t.strictSame(
      passed([
        ['Connection', value],
        ['X-A', '1'],
      ]),
      [['X-A', '1']],
      value,
    )
  }
})

const believable: readonly Line[] = [
  ['X-Forwarded-For', '198.51.100.1'],
  ['x-forwarded-for', '203.0.113.1'],
  ['X-Forwarded-Proto', 'https'],
  ['X-Forwarded-Host', 'public.example'],
  ['X-Forwarded-Port', '443'],
  ['Forwarded', 'for=198.51.100.1'],
  ['X-Real-IP', '198.51.100.1'],
  ['Via', '1.0 edge'],
]

t.test('believes no forwarding header of a stranger', async (t) => {
  t.strictSame(forwardLines(createHeaderRules({ trust: ['10.0.0.0/8'] }), believable), [
    host,
    ['Via', '1.0 edge'],
    ...ours,
    requestId,
  ])
})

t.test('believes the forwarding headers of a trusted proxy', async (t) => {
  t.strictSame(forwardLines(createHeaderRules({ trust: ['192.0.2.0/24'] }), [['Host', 'h'], ...believable]), [
    ['Host', 'h'],
    ['Via', '1.0 edge'],
    ['Forwarded', 'for=198.51.100.1'],
    ['X-Real-IP', '198.51.100.1'],
    ['X-Forwarded-For', '198.51.100.1, 203.0.113.1, 192.0.2.7'],
    ['X-Forwarded-Proto', 'https'],
    ['X-Forwarded-Port', '443'],
    ['X-Forwarded-Host', 'public.example'],
    requestId,
  ])
})

t.test('strips aliases of forwarding headers from a trusted proxy too', async (t) => {
  const aliases: Line[] = [
    ['X_Forwarded_For', '1.1.1.1'],
    ['X.Real.IP', '1.1.1.1'],
    ['X-Original_URL', '/admin'],
  ]
  t.strictSame(forwardLines(createHeaderRules({ trust: ['192.0.2.7'] }), aliases), [host, ...ours, requestId])
})

t.test('strips identity headers of a trusted proxy all the same', async (t) => {
  const lines = forwardLines(createHeaderRules({ trust: ['192.0.2.7'] }), [['X-Forwarded-User', 'mallory']])
  t.strictSame(lines, [host, ...ours, requestId])
})

t.test('forgets no rule when callers send more names than it remembers', async (t) => {
  const rules = createHeaderRules()
  const strange = Array.from({ length: 3000 }, (_, index): Line => [`X-Strange-${index}`, '1'])
  t.equal(passed(strange, rules).length, 3000)
  t.equal(rules.kinds.size, 2000)
  t.strictSame(
    passed(
      [
        ['X_Cognito_Late', '1'],
        ['X-Late', '2'],
      ],
      rules,
    ),
    [['X-Late', '2']],
  )
})

t.test('remembers no name that is longer than useful', async (t) => {
  const rules = createHeaderRules()
  const long = `X-${'a'.repeat(30_000)}`
  t.strictSame(passed([[long, '1']], rules), [[long, '1']])
  t.strictSame(passed([[`X_Cognito_${'a'.repeat(100)}`, '1']], rules), [])
  t.equal(rules.kinds.size, 0)
})

t.test('reads a header without value as empty', async (t) => {
  const facts = { fields: readFields(['X-A', '1', 'X-B']), peer: plainPeer, caller: undefined, requestId: 'id-1' }
  t.match(upstreamHeaders(createHeaderRules(), facts), /^X-A: 1\r\nX-B: \r\n/)
})

t.test('takes the request id of a trusted caller when it is harmless', async (t) => {
  const trusting = createHeaderRules({ trust: ['192.0.2.7'] })
  const idOf = (rawHeaders: readonly string[], rules = trusting) =>
    trustedRequestId(rules, readFields(rawHeaders), plainPeer)
  t.equal(idOf(['A', 'x-request-id', 'X-REQUEST-ID', 'abc']), 'abc', 'names, not values')
  t.equal(idOf(['X-Request-Id', 'a b']), undefined)
  t.equal(idOf([]), undefined)
  t.equal(idOf(['X-Request-Id', 'abc'], createHeaderRules()), undefined, 'a stranger')
})

t.test('empty values and items of a trusted proxy are none, and several lines are one list (FLD-36)', async (t) => {
  const rules = createHeaderRules({ trust: [plainPeer.address] })
  const chain = (...values: readonly string[]) => {
    const lines = forwardLines(
      rules,
      values.map((value) => ['X-Forwarded-For', value]),
    )
    return lines.find(([name]) => name === 'X-Forwarded-For')?.[1]
  }
  t.equal(chain(''), plainPeer.address)
  t.equal(chain('203.0.113.9,'), `203.0.113.9, ${plainPeer.address}`)
  t.equal(chain('203.0.113.9', '', '10.0.0.1, ,10.0.0.2'), `203.0.113.9, 10.0.0.1, 10.0.0.2, ${plainPeer.address}`)
})

t.test('adds the signed identity behind the other identity headers', async (t) => {
  const rules = { ...createHeaderRules(), signIdentity: () => 'X-Who: signed\r\n' }
  const caller = createCaller({}, { identityLines: 'Remote-User: alice\r\n' })
  const signed: Line[] = [
    ['Remote-User', 'alice'],
    ['X-Who', 'signed'],
  ]
  t.strictSame(forwardLines(rules, [], { caller }), [host, ...ours, ...signed, requestId])
  t.strictSame(forwardLines(rules, []), [host, ...ours, requestId], 'of nobody there is none')
})
