/**
 * Each preset of identity headers as bytes on a socket: what the service gets, in every letter, and that nothing reaches it which
 * the caller has sent under these names or a name like them.
 */
import t from 'tap'
import type { HeaderPreset } from '../../src/config/identity-headers.ts'
import { presets } from '../../src/headers/presets.ts'
import { startTestGate } from '../helpers/gateway.ts'
import { startTestIssuer } from '../helpers/issuer.ts'
import { sendRaw } from '../helpers/raw-socket.ts'
import { startRecordingUpstream } from '../helpers/recording-upstream.ts'

const issuer = await startTestIssuer(t)
const claims = {
  sub: '5f4e',
  username: 'Zoë O|Neil',
  name: 'Zoë, 50%',
  email: 'zoe@example.com',
  email_verified: true,
  preferred_username: 'zoe',
  'cognito:groups': ['admin', 'R&D, Köln', 'a|b'],
}
const token = issuer.mintAccessToken({ scope: 'api/read', claims })
const machine = issuer.mintM2mToken({ scope: 'api/read' })

/** Lines of a user, with `{client}` and `{token}` filled in. */
const lines: Readonly<Record<HeaderPreset, readonly string[]>> = {
  default: [
    'X-Forwarded-User: Zo%C3%AB O|Neil',
    'X-Forwarded-Groups: admin,R&D%2C K%C3%B6ln,a|b',
    'X-Forwarded-Email: zoe@example.com',
    'X-Forwarded-Preferred-Username: zoe',
    'X-Cognito-Sub: 5f4e',
    'X-Cognito-Client-Id: {client}',
    'X-Cognito-Scope: api/read',
    'X-Cognito-Token-Use: access',
  ],
  grafana: [
    'X-WEBAUTH-USER: Zo=C3=AB=20O|Neil',
    'X-WEBAUTH-NAME: Zo=C3=AB,=2050%',
    'X-WEBAUTH-EMAIL: zoe@example.com',
    'X-WEBAUTH-GROUPS: admin,R&D%2C=20K=C3=B6ln,a|b',
  ],
  jenkins: [
    'X-Forwarded-User: Zo%C3%AB O|Neil',
    'X-Forwarded-Groups: admin|R&D, K%C3%B6ln|a%7Cb',
    'X-Forwarded-Email: zoe@example.com',
  ],
  opensearch: ['X-Proxy-User: Zo%C3%AB O|Neil', 'X-Proxy-Roles: admin,R&D%2C K%C3%B6ln,a|b'],
  'remote-user': [
    'Remote-User: Zo%C3%AB O|Neil',
    'Remote-Groups: admin,R&D%2C K%C3%B6ln,a|b',
    'Remote-Email: zoe@example.com',
    'Remote-Name: Zo%C3%AB, 50%25',
  ],
  'oauth2-proxy': [
    'X-Forwarded-User: 5f4e',
    'X-Forwarded-Groups: admin,R&D%2C K%C3%B6ln,a|b',
    'X-Forwarded-Email: zoe@example.com',
    'X-Forwarded-Preferred-Username: zoe',
    'X-Auth-Request-User: 5f4e',
    'X-Auth-Request-Groups: admin,R&D%2C K%C3%B6ln,a|b',
    'X-Auth-Request-Email: zoe@example.com',
    'X-Auth-Request-Preferred-Username: zoe',
  ],
  alb: ['X-Amzn-Oidc-Identity: 5f4e', 'X-Amzn-Oidc-Accesstoken: {token}'],
  none: [],
}

/** What a caller tries: the names themselves, in other letters, and with signs that CGI and others take for a dash. */
function forge(name: string): readonly string[] {
  return [name, name.toLowerCase(), name.replaceAll('-', '_'), name.toUpperCase().replaceAll('-', '.')]
}

const known = [...new Set(Object.values(presets).flatMap((table) => table.map(({ name }) => name)))]
const others = [
  'X-Amzn-Oidc-Data',
  'X-Auth-Request-Access-Token',
  'X-Forwarded-Access-Token',
  'X-Remote-User',
  'Remote-Uid',
]

for (const [preset, expected] of Object.entries(lines)) {
  t.test(`${preset}: the service gets these bytes, and none of a caller who sends the names`, async (t) => {
    const upstream = await startRecordingUpstream(t)
    const gate = await startTestGate(t, {
      issuer,
      upstream: upstream.url,
      routes: [{ path: '/open', auth: 'none' }],
      env: { COGATE_IDENTITY_HEADERS_PRESET: preset },
    })
    const forged = [...known, ...others].flatMap(forge).map((name) => `${name}: mallory\r\n`)
    const ask = async (path: string, bearer?: string): Promise<string> => {
      const from = upstream.byteCount
      const authorization = bearer === undefined ? '' : `Authorization: Bearer ${bearer}\r\n`
      const head = `GET ${path} HTTP/1.1\r\nHost: app.example\r\nConnection: close\r\n${authorization}${forged.join('')}\r\n`
      t.match((await sendRaw({ port: gate.port, bytes: Buffer.from(head) })).responses, [{ status: 200 }])
      return upstream.bytesSince(from).toString('latin1')
    }
    const seen = await ask('/x', token)
    const wanted = expected.map((line) => line.replace('{client}', issuer.clientId).replace('{token}', token))
    const isIdentity = (line: string) =>
      /^(?:x-(?:forwarded-(?!for|proto|host|port)|cognito|webauth|proxy|auth|amzn|remote)|remote)/i.test(line)
    t.same(seen.split('\r\n').filter(isIdentity), wanted)
    t.notMatch(seen, /mallory/)
    t.notMatch(await ask('/open'), /mallory/, 'on a public path')
    t.notMatch(await ask('/open', token), /mallory|5f4e/, 'nobody is named there')
    const ofMachine = await ask('/x', machine)
    t.notMatch(ofMachine, /mallory|zoe/)
    if (preset !== 'none' && preset !== 'alb')
      t.match(ofMachine, `: ${issuer.clientId}\r\n`, 'a machine is its app client')
  })
}

t.test('every preset has its bytes here', async (t) => {
  t.same(Object.keys(lines).toSorted(), Object.keys(presets).toSorted())
})
