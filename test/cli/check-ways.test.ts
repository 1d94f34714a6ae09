/** What `cogate check` says to the on-call: the ways to Cognito, the clock, ports, files and limits. */
import { chmodSync, writeFileSync } from 'node:fs'
import { createServer, type RequestListener } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { connect, createServer as createTcpServer, type Socket } from 'node:net'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { checkCommand } from '../../src/cli/check/check.ts'
import { createAuthority, writeFiles } from '../helpers/certificates.ts'
import { runCogate } from '../helpers/cogate-process.ts'
import { makePublishedKey } from '../helpers/key-sets.ts'
import { listenOnLoopback } from '../helpers/listen.ts'
import { startUpstream } from '../helpers/upstream.ts'

const poolId = 'eu-west-1_AbCdEfGhI'
const keys = JSON.stringify({ keys: [makePublishedKey('k1'), makePublishedKey('k2')] })

async function startKeys(t: Test, answer: RequestListener): Promise<string> {
  const { port } = await listenOnLoopback(t, createServer(answer))
  return `http://127.0.0.1:${port}/jwks.json`
}

async function variables(t: Test, changes: Readonly<Record<string, string>> = {}): Promise<Record<string, string>> {
  const upstream = await startUpstream(t)
  return {
    COGATE_USER_POOL_ID: poolId,
    COGATE_CLIENT_ID: '7h57kf5cf8b6sl9rexample',
    COGATE_USER_POOL_JWKS_URI: await startKeys(t, (_request, response) => response.end(keys)),
    COGATE_UPSTREAM: upstream.url,
    COGATE_LISTEN: '127.0.0.1:0',
    COGATE_OPS_LISTEN: '127.0.0.1:0',
    ...changes,
  }
}

interface Found {
  readonly check: string
  readonly verdict: string
  readonly text: string
  readonly data?: Readonly<Record<string, unknown>>
}

interface Checked {
  readonly code: number
  readonly ok: boolean
  readonly findings: readonly Found[]
  readonly of: (check: string) => readonly Found[]
}

/** In this process, as a program asks for it. */
async function check(env: Readonly<Record<string, string>>, ...argv: readonly string[]): Promise<Checked> {
  const parts: string[] = []
  const print = (part: string) => void parts.push(part)
  const code = await checkCommand(['--json', ...argv], { env, print, warn: print, isTerminal: false, colours: false })
  const { ok, findings } = JSON.parse(parts.join('')) as Pick<Checked, 'ok' | 'findings'>
  return { code, ok, findings, of: (check) => findings.filter((one) => one.check === check) }
}

t.test('as JSON each finding has a name, a verdict and figures', async (t) => {
  const { code, ok, findings, of } = await check(await variables(t))
  t.equal(code, 0)
  t.equal(ok, true)
  t.same(
    findings.map(({ check, verdict }) => `${check} ${verdict}`),
    ['routes ok', 'keys ok', 'key_endpoint ok', 'clock ok', 'limits ok', 'upstream ok'],
  )
  const [endpoint] = of('key_endpoint')
  t.match(endpoint?.data, { status: 200, kids: ['k1', 'k2'], addresses: [] })
  t.ok(Number(endpoint?.data?.['ms']) >= 0)
  t.match(of('upstream')[0]?.data, { status: 200 })
})

t.test('a terminal gets a sign a line, in colour where it has it', async (t) => {
  const env = await variables(t, { COGATE_UPSTREAM: 'http://127.0.0.1:1', COGATE_LIMITS_TOKEN: '2KiB' })
  for (const colours of [false, true]) {
    const parts: string[] = []
    const print = (part: string) => void parts.push(part)
    t.equal(await checkCommand([], { env, print, warn: print, isTerminal: true, colours }), 1)
    const text = parts.join('')
    const sign = (shown: string, colour: number) => (colours ? `\u001b[${colour}m${shown}\u001b[0m ` : `${shown} `)
    for (const line of [`${sign('✔', 32)}user pool`, `${sign('!', 33)}limits`, `${sign('✘', 31)}upstream`])
      t.ok(text.includes(`\n${line}`), line)
    t.match(text, /^upstream:/m, 'the configuration comes first')
  }
})

for (const { ahead, verdict, says } of [
  { ahead: 60, verdict: 'warning', says: /^clock: this machine is (?:59|60|61) s ahead of .*too early/ },
  { ahead: -60, verdict: 'warning', says: /^clock: this machine is (?:59|60|61) s behind .*too late/ },
  {
    ahead: 600,
    verdict: 'failed',
    says: /^clock: this machine is (?:599|600|601) s ahead of .*good tokens are refused/,
  },
]) {
  t.test(`a clock that is ${ahead} s ahead is ${verdict}`, async (t) => {
    const uri = await startKeys(t, (_request, response) => {
      response.writeHead(200, { date: new Date(Date.now() - ahead * 1000).toUTCString() }).end(keys)
    })
    const { code, of } = await check(await variables(t, { COGATE_USER_POOL_JWKS_URI: uri }))
    t.match(of('clock'), [{ verdict, text: says }])
    t.equal(code, verdict === 'failed' ? 1 : 0)
  })
}

t.test('an answer that a cache has kept is older by its age, and without a date nothing is said', async (t) => {
  const uri = await startKeys(t, (_request, response) => {
    response.writeHead(200, { date: new Date(Date.now() - 3_600_000).toUTCString(), age: '3600' }).end(keys)
  })
  const kept = await check(await variables(t, { COGATE_USER_POOL_JWKS_URI: uri }))
  t.match(kept.of('clock'), [{ verdict: 'ok' }])
  const dateless = await startKeys(t, (_request, response) => {
    response.sendDate = false
    response.end(keys)
  })
  t.same((await check(await variables(t, { COGATE_USER_POOL_JWKS_URI: dateless }))).of('clock'), [])
})

t.test('a name that is not there, a wrong answer and a certificate that nobody trusts are told apart', async (t) => {
  const tls = await listenOnLoopback(
    t,
    createTlsServer(createAuthority().issue('localhost'), (_, answer) => answer.end()),
  )
  const broken = await startKeys(t, (_request, response) => response.end('{"keys":5}'))
  const refused = await startKeys(t, (_request, response) => response.writeHead(403).end(keys))
  for (const [uri, says] of [
    ['https://keys.invalid/jwks.json', /: DNS: \w+ keys\.invalid$/],
    [`https://localhost:${tls.port}/`, /: TLS: \w+$/],
    [broken, /: status 200, and no key set$/],
    [refused, /: status 403, and no key set$/],
  ] as const) {
    const { code, of } = await check(await variables(t, { COGATE_USER_POOL_JWKS_URI: uri }))
    t.match(of('key_endpoint'), [{ verdict: 'failed', text: says }])
    t.equal(code, 1)
  }
})

t.test('a Region that does not exist is told with the question that helps', async (t) => {
  const { COGATE_USER_POOL_JWKS_URI: _, ...env } = await variables(t)
  const { of } = await check({ ...env, COGATE_USER_POOL_ID: 'eu-west-9_AbCdEfGhI' })
  const says =
    /: DNS: \w+ (?:issuer-)?cognito-idp\.eu-west-9\.amazonaws\.com; is the Region of this id right, and does DNS answer here\?$/
  t.match(of('key_endpoint'), [{ text: says }, { text: says }])
})

t.test('a proxy that takes no connection is told with the variable that names it', async (t) => {
  const { COGATE_USER_POOL_JWKS_URI: _, ...env } = await variables(t)
  const { of } = await check({ ...env, HTTPS_PROXY: 'http://127.0.0.1:1' })
  t.match(of('key_endpoint')[0]?.text, /ECONNREFUSED; is there a way out .*\(HTTPS_PROXY\)\?$/)
})

t.test('ids of keys are shown shortened and as text', async (t) => {
  const odd = JSON.stringify({ keys: [{ kid: `\u001b[31m${'x'.repeat(200)}` }, { kid: 5 }, null] })
  const uri = await startKeys(t, (_request, response) => response.end(odd))
  const { of } = await check(await variables(t, { COGATE_USER_POOL_JWKS_URI: uri }))
  t.same(of('key_endpoint')[0]?.data?.['kids'], ['(no kid)', '(no kid)', `?[31m${'x'.repeat(59)}`])
})

/** Tunnels to the port that belongs to a name; other names are refused. */
async function startNames(t: Test, ports: Readonly<Record<string, number>>): Promise<string> {
  const proxy = createServer()
  proxy.on('connect', ({ url = '' }, socket: Socket) => {
    const port = ports[url.split(':')[0] ?? '']
    socket.on('error', () => socket.destroy())
    if (port === undefined) return void socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n')
    const onward = connect(port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n')
      onward.pipe(socket).pipe(onward)
    })
    onward.on('error', () => socket.destroy())
  })
  return `http://127.0.0.1:${(await listenOnLoopback(t, proxy)).port}`
}

t.test(
  'both forms of the issuer are asked: one that does not answer, or has other keys, is worth a look',
  async (t) => {
    const names = ['cognito-idp.eu-west-1.amazonaws.com', 'issuer-cognito-idp.eu-west-1.amazonaws.com'] as const
    const { ca, issue } = createAuthority()
    const start = (body: string) =>
      listenOnLoopback(
        t,
        createTlsServer(issue(...names), (_, answer) => answer.end(body)),
      )
    const [all, other] = await Promise.all([start(keys), start(JSON.stringify({ keys: [makePublishedKey('k3')] }))])
    const { COGATE_USER_POOL_JWKS_URI: _, ...env } = await variables(t)
    const { caFile } = writeFiles(t, { caFile: ca })
    const run = async (ports: Readonly<Record<string, number>>) => {
      const proxy = { HTTPS_PROXY: await startNames(t, ports), NODE_EXTRA_CA_CERTS: caFile }
      const { code, stdout } = await runCogate(t, ['check', '--json'], { env: { ...env, ...proxy } })
      const { findings } = JSON.parse(stdout) as { readonly findings: readonly Found[] }
      return { code, found: findings.filter((one) => one.check === 'key_endpoint') }
    }
    const both = await run({ [names[0]]: all.port, [names[1]]: all.port })
    t.match(both, { code: 0, found: [{ verdict: 'ok' }, { verdict: 'ok' }] })
    t.match(
      both.found[0]?.text,
      new RegExp(`^key endpoint ${names[0]} of ${poolId}: 2 keys \\(k1, k2\\), TLSv1.3 until 2049-12-31`),
    )
    t.match(await run({ [names[0]]: all.port }), {
      code: 0,
      found: [{ verdict: 'ok' }, { verdict: 'warning', text: /502/ }],
    })
    t.match(await run({ [names[0]]: all.port, [names[1]]: other.port }), {
      code: 0,
      found: [
        { verdict: 'warning', text: /other keys$/ },
        { verdict: 'warning', text: /1 key \(k3\).*other keys$/ },
      ],
    })
    t.match(await run({}), { code: 1, found: [{ verdict: 'failed' }, { verdict: 'failed' }] })
  },
)

t.test('a port that is taken is worth a look; with --strict that is a fault', async (t) => {
  const { port } = await listenOnLoopback(t, createTcpServer())
  const env = await variables(t, { COGATE_LISTEN: `127.0.0.1:${port}`, COGATE_OPS_LISTEN: '192.0.2.1:9464' })
  const { code, ok, of } = await check(env)
  t.match(of('port'), [
    { verdict: 'warning', text: `port of listen, 127.0.0.1:${port}: in use; is cogate running here already?` },
    { verdict: 'warning', text: 'port of ops.listen, 192.0.2.1:9464: this machine has no such address' },
  ])
  t.same([code, ok], [0, true])
  const strict = await check(env, '--strict')
  t.same([strict.code, strict.ok], [1, false])
})

t.test('a port that is free stays free', async (t) => {
  const { port, close } = await listenOnLoopback(t, createTcpServer())
  await close()
  const env = await variables(t, { COGATE_LISTEN: `127.0.0.1:${port}` })
  for (let time = 0; time < 2; time++) t.match((await check(env)).of('port'), [{ verdict: 'ok', text: /: free$/ }])
})

t.test('a secret that everybody can read and a file of trust that others can change are worth a look', async (t) => {
  const dir = t.testdir({ secret: 'x'.repeat(48), 'keys.json': keys, 'cogate.yaml': '' })
  const yaml = 'upstream: { headers: { Authorization: Basic dTpw } }\n'
  writeFileSync(join(dir, 'cogate.yaml'), yaml)
  const { COGATE_USER_POOL_JWKS_URI: _, ...rest } = await variables(t)
  const env = {
    ...rest,
    COGATE_CONFIG: join(dir, 'cogate.yaml'),
    COGATE_SESSION_SECRETS_FILE: join(dir, 'secret'),
    COGATE_USER_POOL_JWKS_FILE: join(dir, 'keys.json'),
  }
  const found = async (modes: Readonly<Record<string, number>>) => {
    for (const [name, mode] of Object.entries(modes)) chmodSync(join(dir, name), mode)
    return (await check(env, '--offline'))
      .of('file')
      .map(({ verdict, text }) => `${verdict} ${text.replaceAll(dir, '')}`)
  }
  t.same(await found({ secret: 0o600, 'keys.json': 0o644, 'cogate.yaml': 0o640 }), [])
  t.same((await found({ secret: 0o644, 'keys.json': 0o664, 'cogate.yaml': 0o604 })).toSorted(), [
    'warning file /cogate.yaml of upstream.headers: mode 0604, every user of this machine can read the secret',
    `warning file /keys.json of userPools (${poolId}): mode 0664, others than its owner can change it`,
    'warning file /secret of session.secrets: mode 0644, every user of this machine can read the secret',
  ])
  t.same(await found({ secret: 0o620, 'keys.json': 0o600, 'cogate.yaml': 0o600 }), [
    'warning file /secret of session.secrets: mode 0620, others than its owner can change it',
  ])
})

for (const [changes, says] of [
  [{ COGATE_LIMITS_TOKEN: '2KiB' }, /2 KiB.*larger token/],
  [{ COGATE_LIMITS_TOKEN: '8KiB', COGATE_LIMITS_HEADERS: '9KiB' }, /no room for cookies/],
  [{ COGATE_LIMITS_TOKEN: '16KiB' }, /many services take 8 KiB/],
] as const) {
  t.test(`limits that do not fit tokens are worth a look: ${JSON.stringify(changes)}`, async (t) => {
    t.match((await check(await variables(t, changes))).of('limits'), [{ verdict: 'warning', text: says }])
  })
}

t.test('where people sign in is asked too', async (t) => {
  const domain = await listenOnLoopback(
    t,
    createServer((_request, response) => response.writeHead(405).end()),
  )
  const login = (url: string) =>
    variables(t, {
      COGATE_PUBLIC_URL: 'https://app.example.com',
      COGATE_LOGIN_DOMAIN: url,
      COGATE_ROUTES: '[{path: /*, auth: login}]',
      COGATE_LOGIN_CLIENT_ID: '7h57kf5cf8b6sl9rexample',
      COGATE_SESSION_SECRETS: 'a secret for tests that is long enough to be one',
    })
  const good = await check(await login(`http://127.0.0.1:${domain.port}`))
  t.match(good.of('sign_in'), [{ verdict: 'ok', data: { status: 405 } }])
  const away = await check(await login('http://127.0.0.1:1'))
  t.match(away.of('sign_in'), [{ verdict: 'warning', text: 'sign-in at 127.0.0.1:1: ECONNREFUSED' }])
})
