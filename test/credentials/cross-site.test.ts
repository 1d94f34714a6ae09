import t from 'tap'
import { readFields } from '../../src/headers/head-fields.ts'
import { createCredentials } from '../helpers/credentials.ts'

interface Row {
  readonly what: string
  readonly method?: string
  readonly lines: readonly string[]
  readonly passes: boolean
}

const rows: readonly Row[] = [
  { what: 'GET from another site', method: 'GET', lines: ['Origin', 'https://evil.example'], passes: true },
  { what: 'POST from another site', lines: ['Origin', 'https://evil.example'], passes: false },
  { what: 'POST from no page', lines: [], passes: true },
  { what: 'POST from a sandbox', lines: ['Origin', 'null'], passes: false },
  { what: 'POST that the browser calls cross-site', lines: ['Sec-Fetch-Site', 'cross-site'], passes: false },
  { what: 'POST of a sibling domain', lines: ['Sec-Fetch-Site', 'same-site'], passes: false },
  { what: 'POST of the same origin', lines: ['Sec-Fetch-Site', 'same-origin'], passes: true },
  {
    what: 'POST that is cross-site, from a page that calls itself our own',
    lines: ['Sec-Fetch-Site', 'cross-site', 'Origin', 'https://app.example:8443'],
    passes: false,
  },
  {
    what: 'GET that is a DELETE for the service',
    method: 'GET',
    lines: ['Origin', 'https://evil.example', 'X-HTTP-Method-Override', 'delete'],
    passes: false,
  },
  {
    what: 'a WebSocket from another site',
    method: 'GET',
    lines: ['Upgrade', 'websocket', 'Origin', 'https://evil.example'],
    passes: false,
  },
  {
    what: 'a WebSocket from another site, of which a proxy that asks keeps Upgrade to itself',
    method: 'GET',
    lines: ['Sec-WebSocket-Key', 'dGhlIHNhbXBsZSBub25jZQ==', 'Origin', 'https://evil.example'],
    passes: false,
  },
  {
    what: 'a WebSocket of HTTP/2 from another site, which has no key',
    method: 'GET',
    lines: ['sec-websocket-version', '13', 'Sec-Fetch-Site', 'cross-site'],
    passes: false,
  },
]

/** One credential in each place that browsers send by themselves, and one in each other. */
const ambient = {
  'cookie:tok': ['Cookie', 'tok=a.b.c'],
  amplify: [
    'Cookie',
    'CognitoIdentityServiceProvider.client1.LastAuthUser=a; CognitoIdentityServiceProvider.client1.a.accessToken=a.b.c',
  ],
  basicPassword: ['Authorization', 'Basic eDphLmIuYw=='],
} as const
const deliberate = {
  bearer: ['Authorization', 'Bearer a.b.c'],
  webSocketProtocol: ['Sec-WebSocket-Protocol', 'base64url.bearer.cogate, a.b.c'],
} as const

async function kindOf(source: string, { method = 'POST', lines }: Omit<Row, 'what' | 'passes'>, publicUrl?: string) {
  const { extract } = await createCredentials({ sources: [source], ...(publicUrl && { publicUrl }) })
  const fields = readFields(['Host', 'app.example:8443', ...lines])
  return extract({ method, url: '/', fields }, 100).kind
}

for (const [source, credential] of Object.entries(ambient)) {
  t.test(`a page of another site changes nothing with ${source}`, async (t) => {
    for (const publicUrl of [undefined, 'https://app.example']) {
      for (const { what, method, lines, passes } of rows) {
        const kind = await kindOf(source, { ...(method && { method }), lines: [...credential, ...lines] }, publicUrl)
        t.equal(kind, passes ? 'bearer' : 'cross_site', what)
      }
    }
  })
}

for (const [source, credential] of Object.entries(deliberate)) {
  t.test(`${source} is sent on purpose, from whatever page`, async (t) => {
    for (const { what, lines } of rows) {
      t.equal(await kindOf(source, { lines: [...credential, ...lines] }), 'bearer', what)
    }
  })
}

t.test('a page of our own is that of publicUrl, or where that is not set the one of Host', async (t) => {
  const ask = (origin: string, publicUrl?: string) =>
    kindOf('cookie:tok', { lines: ['Cookie', 'tok=a.b.c', 'Origin', origin] }, publicUrl)
  t.equal(await ask('https://app.example', 'https://app.example'), 'bearer')
  t.equal(await ask('https://app.example', 'https://app.example/'), 'bearer', 'however it is written')
  t.equal(await ask('https://app.example:8443', 'https://app.example'), 'cross_site', 'Host counts for nothing then')
  t.equal(await ask('https://app.example:8443'), 'bearer')
  t.equal(await ask('http://app.example:8443'), 'bearer')
  for (const origin of [
    'https://app.example',
    'https://app.example:8443.evil',
    'app.example:8443',
    'ftp://app.example:8443',
  ])
    t.equal(await ask(origin), 'cross_site', origin)
})
