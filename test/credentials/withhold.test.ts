import t from 'tap'
import { readField, readFields } from '../../src/headers/head-fields.ts'
import { createCredentials } from '../helpers/credentials.ts'

interface Row {
  readonly what: string
  readonly sources: readonly string[]
  readonly lines: readonly string[]
  /** `cookie`, `authorization` and further lines as the header rules get them. */
  readonly cookie?: string
  readonly authorization?: string
  readonly line?: readonly [name: string, value: string | undefined]
}

const amplify = 'CognitoIdentityServiceProvider'
const rows: readonly Row[] = [
  {
    what: 'a password becomes a bearer token',
    sources: ['basicPassword'],
    lines: ['Authorization', 'Basic eDphLmIuYw=='],
    authorization: 'Bearer TOKEN',
  },
  {
    what: 'a bearer token of the caller stays where it is read',
    sources: ['bearer', 'basicPassword'],
    lines: ['Authorization', 'Bearer CALLER'],
    authorization: 'Bearer CALLER',
  },
  {
    what: 'a bearer token that nobody has verified is replaced',
    sources: ['cookie:tok'],
    lines: ['Authorization', 'Bearer CALLER', 'Cookie', 'tok=a.b.c'],
    authorization: 'Bearer TOKEN',
  },
  {
    what: 'a scheme that is not read is the business of the service',
    sources: ['cookie:tok'],
    lines: ['Authorization', 'Basic eDp5', 'Cookie', 'a=1; tok=a.b.c;b=2; tok'],
    authorization: 'Basic eDp5',
    cookie: 'a=1; b=2',
  },
  {
    what: 'the only cookie takes its header with it',
    sources: ['cookie:tok'],
    lines: ['Cookie', ' tok = "a.b.c"'],
    authorization: 'Bearer TOKEN',
  },
  {
    what: 'cookies stay where none of them is read',
    sources: ['cookie:tok'],
    lines: ['Cookie', 'tokens=1;  odd'],
    authorization: 'Bearer TOKEN',
    cookie: 'tokens=1;  odd',
  },
  {
    what: 'all cookies of Amplify go, those of other app clients stay',
    sources: ['amplify'],
    lines: [
      'Cookie',
      `${amplify}.client1.LastAuthUser=a; ${amplify}.client1.%61.refreshToken=r; ${amplify}.client2.b.idToken=i; ${amplify}.other.a.idToken=i; x=1`,
    ],
    authorization: 'Bearer TOKEN',
    cookie: `${amplify}.other.a.idToken=i; x=1`,
  },
  {
    what: 'marker and token are not offered',
    sources: ['webSocketProtocol'],
    lines: ['Sec-WebSocket-Protocol', 'chat, base64url.bearer.cogate, a.b.c, x'],
    authorization: 'Bearer TOKEN',
    line: ['sec-websocket-protocol', 'chat, x'],
  },
  {
    what: 'nothing is left to offer',
    sources: ['webSocketProtocol'],
    lines: ['Sec-WebSocket-Protocol', 'base64url.bearer.authorization.k8s.io.YQ'],
    authorization: 'Bearer TOKEN',
    line: ['sec-websocket-protocol', undefined],
  },
  {
    what: 'an offer without a credential',
    sources: ['webSocketProtocol'],
    lines: ['Sec-WebSocket-Protocol', 'chat,x'],
    authorization: 'Bearer TOKEN',
    line: ['sec-websocket-protocol', 'chat,x'],
  },
  {
    what: 'Referer loses the parameter',
    sources: ['insecureQuery:tok'],
    lines: ['Referer', 'https://app.example/x?a=1&tok=a.b.c#top'],
    authorization: 'Bearer TOKEN',
    line: ['referer', 'https://app.example/x?a=1#top'],
  },
  {
    what: 'the target of a proxy in front loses it too',
    sources: ['insecureQuery:tok'],
    lines: ['X-Original-URL', '/x?tok=a.b.c&a=1', 'Referer', '/y'],
    authorization: 'Bearer TOKEN',
    line: ['x-original-url', '/x?a=1'],
  },
  {
    what: 'of two lines each loses it',
    sources: ['insecureQuery:tok'],
    lines: ['Referer', '/x?a=1', 'Referer', '/y?tok=a.b.c'],
    authorization: 'Bearer TOKEN',
    line: ['referer', '/x?a=1, /y'],
  },
  {
    what: 'the place of a copy, and the target that a server of Azure has got, lose it too',
    sources: ['insecureQuery:tok'],
    lines: ['Destination', 'http://app.example/x?tok=a.b.c', 'X-WAWS-Unencoded-URL', '/x'],
    authorization: 'Bearer TOKEN',
    line: ['destination', 'http://app.example/x'],
  },
  {
    what: 'no Referer',
    sources: ['insecureQuery:tok'],
    lines: [],
    authorization: 'Bearer TOKEN',
    line: ['referer', undefined],
  },
]

t.test('the service gets no credential but the verified token', async (t) => {
  for (const { what, sources, lines, cookie, authorization, line } of rows) {
    const { withhold } = await createCredentials({ sources })
    const fields = withhold?.(readFields(lines), 'TOKEN')
    t.match(fields, { cookie, authorization }, what)
    if (fields && line) t.equal(readField(fields, line[0]), line[1], what)
  }
})

t.test('without a verified token it gets none', async (t) => {
  const { withhold } = await createCredentials({ sources: ['basicPassword', 'cookie:tok'] })
  for (const lines of [
    ['Authorization', 'Basic eDphLmIuYw=='],
    ['Authorization', 'Bearer a.b.c'],
    ['Cookie', 'tok=a'],
    [],
  ])
    t.match(withhold?.(readFields(lines), undefined), { cookie: undefined, authorization: undefined }, lines.join(' '))
})

t.test('the parameter leaves the target, and every other byte of it stays', async (t) => {
  const { stripTarget } = await createCredentials({ sources: ['insecureQuery:tok', 'insecureQuery:other'] })
  for (const [target, expected] of [
    ['/x', '/x'],
    ['/x?', '/x?'],
    ['/x?a=%20&&b=?', '/x?a=%20&&b=?'],
    ['/x?tok=a.b.c', '/x'],
    ['/x?a=1&tok=a.b.c', '/x?a=1'],
    ['/x?tok=a.b.c&a=%2F&b', '/x?a=%2F&b'],
    ['/x?%74ok=a&a=1&tok=b&tok', '/x?a=1'],
    ['/x?a=1;tok=b&c=2', '/x?c=2'],
    ['/x?tok=1&other=2', '/x'],
    ['/x?token=1&%zz=2', '/x?token=1&%zz=2'],
  ] as const) {
    t.equal(stripTarget?.(target), expected, target)
  }
})

t.test('a bearer token alone costs nothing: nothing is stripped, and one scheme is accepted', async (t) => {
  const { withhold, stripTarget, ownProtocol, schemes } = await createCredentials({ sources: ['bearer'] })
  t.same(
    { withhold, stripTarget, ownProtocol, schemes },
    { withhold: undefined, stripTarget: undefined, ownProtocol: undefined, schemes: ['Bearer'] },
  )
})

t.test('a challenge names what is accepted, and always something', async (t) => {
  const schemes = async (...sources: readonly string[]) => (await createCredentials({ sources })).schemes
  t.same(await schemes('bearer', 'basicPassword'), ['Bearer', 'Basic'])
  t.same(await schemes('basicPassword'), ['Basic'])
  t.same(await schemes('cookie:tok'), ['Bearer'])
  t.same(await schemes('cookie:tok', 'basicPassword'), ['Basic'])
  t.same(await schemes('insecureQuery:tok', 'basicPassword'), ['Bearer', 'Basic'])
})

t.test('a browser is answered with the marker, and only if it was offered', async (t) => {
  const { ownProtocol } = await createCredentials({ sources: ['webSocketProtocol'] })
  const ask = (value: string) => ownProtocol?.(readFields(['Sec-WebSocket-Protocol', value]))
  t.equal(ask('chat, base64url.bearer.cogate, a.b.c'), 'base64url.bearer.cogate')
  t.equal(ask('chat, base64url.bearer.authorization.k8s.io.YQ'), undefined)
  t.equal(ask('chat'), undefined)
})
