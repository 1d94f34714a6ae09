/** `cogate demo` as a newcomer meets it: every printed curl line is run as it stands and must keep its promise. */
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { connect, createServer, type Server } from 'node:net'
import { promisify } from 'node:util'
import t, { type Test } from 'tap'
import { type CogateProcess, spawnCogate } from '../helpers/cogate-process.ts'

const lastLine = /^Ctrl-C stops everything\.$/m
const preferredPorts = [8181, 9464, 9229, 8080]

interface Scene {
  /** The comment above the line, blanks folded. */
  readonly promise: string
  readonly line: string
}

interface Demo {
  readonly process: CogateProcess
  readonly text: string
  readonly scenes: readonly Scene[]
  readonly urls: readonly URL[]
  readonly ports: readonly number[]
}

async function startDemo(t: Test): Promise<Demo> {
  const process = spawnCogate(t, ['demo'])
  const text = await process.printed(lastLine)
  const urls = [...text.matchAll(/[a-z]+:\/\/[^\s'")]+/g)].map(([url]) => new URL(url))
  const scenes = [...text.matchAll(/^# (.+)\n(curl .+)$/gm)].map(([, comment = '', line = '']) => {
    return { promise: comment.replaceAll(/\s+/g, ' '), line }
  })
  return { process, text, scenes, urls, ports: [...new Set(urls.map(({ port }) => Number(port)))] }
}

interface Answer {
  readonly status: number
  readonly headers: Headers
  /** Problem JSON of the gate, or what the echo upstream received. */
  readonly body: {
    readonly code?: string
    readonly method?: string
    readonly url?: string
    readonly headers?: Readonly<Record<string, string>>
  }
}

/** In a shell of its own, with nothing of the line changed. */
async function runLine(line: string): Promise<Answer> {
  const { stdout } = await promisify(execFile)('bash', ['-c', line])
  const end = stdout.indexOf('\r\n\r\n')
  const [statusLine = '', ...fields] = stdout.slice(0, end).split('\r\n')
  return {
    status: Number(statusLine.split(' ')[1]),
    headers: new Headers(fields.map((field): [string, string] => [field.split(':', 1)[0] ?? '', fieldValue(field)])),
    body: JSON.parse(stdout.slice(end)),
  }
}

function fieldValue(field: string): string {
  return field.slice(field.indexOf(':') + 1).trim()
}

/** What a promise of 200 says about the headers at the upstream. */
const echoed: Readonly<Record<string, Readonly<Record<string, string | undefined>>>> = {
  "alice's token → 200, her claims in headers": {
    'x-forwarded-user': 'alice',
    'x-forwarded-groups': 'users',
    'x-cognito-token-use': 'access',
  },
  'bob, in group admin → 200': { 'x-forwarded-user': 'bob', 'x-forwarded-groups': 'admin' },
  'a machine → 200, its client id in a header': {
    'x-cognito-client-id': '1democlient2345678901234ab',
    'x-cognito-scope': 'api/read',
    'x-forwarded-groups': undefined,
  },
  'public, forged identity → 200, the forged header is gone': { 'x-forwarded-user': undefined },
}

const refused = [
  'no token → 401 token_missing',
  'alice, not in group admin → 403 insufficient_group',
  'tampered → 401 signature_invalid',
  'expired → 401 token_expired',
  'an ID token → 401 token_use_not_allowed',
]

t.test('every printed curl line gives what the comment above it promises', async (t) => {
  const startedAt = performance.now()
  const { scenes } = await startDemo(t)
  t.ok(performance.now() - startedAt < 10_000, 'the lines are printed within 10 s')
  t.same(scenes.map(({ promise }) => promise).toSorted(), [...Object.keys(echoed), ...refused].toSorted())
  for (const { promise, line } of scenes) {
    await t.test(promise, async (t) => {
      const [, status, code] = / → (\d{3})(?: (\w+))?/.exec(promise) ?? []
      const answer = await runLine(line)
      t.equal(answer.status, Number(status))
      if (code !== undefined) checkRefusal(t, answer, code)
      else checkEcho(t, answer, { promise, line })
    })
  }
})

function checkRefusal(t: Test, { headers, body, status }: Answer, code: string): void {
  t.equal(body.code, code)
  t.equal(headers.get('content-type'), 'application/problem+json')
  t.equal(headers.has('www-authenticate'), status === 401)
}

function checkEcho(t: Test, { body }: Answer, { promise, line }: Scene): void {
  t.equal(body.method, 'GET')
  t.equal(body.url, new URL(line.split(' ').at(-1) ?? '').pathname)
  const received = body.headers ?? {}
  t.ok(received['x-request-id'], 'the upstream received a request id')
  for (const [name, value] of Object.entries(echoed[promise] ?? {})) t.equal(received[name], value, name)
}

t.test('the ops URL it prints answers', async (t) => {
  const { text } = await startDemo(t)
  const [, ops = ''] = /^ {2}ops +(\S+) /m.exec(text) ?? []
  const paths = ['/livez', '/readyz', '/metrics']
  t.same(await Promise.all(paths.map(async (path) => (await fetch(ops + path)).status)), [200, 200, 200])
})

t.test('it names loopback addresses only, so it needs no network', async (t) => {
  const { urls, ports } = await startDemo(t)
  t.ok(urls.length > 9, 'the lines hold URLs')
  t.same([...new Set(urls.map(({ hostname, protocol }) => `${protocol}//${hostname}`))], ['http://127.0.0.1'])
  t.equal(ports.length, 4, 'gate, ops, upstream and issuer')
})

t.test('it writes no control characters where stdout is not a terminal', async (t) => {
  const { text, process } = await startDemo(t)
  t.notMatch(text, /[^\P{Cc}\n]/u)
  t.equal(process.stderr, '')
})

t.test('it chooses free ports when its own are taken', async (t) => {
  const occupied = (await Promise.all(preferredPorts.map((port) => occupy(t, port)))).flat()
  const { ports, scenes } = await startDemo(t)
  t.equal(ports.length, 4)
  t.same(
    ports.filter((port) => occupied.includes(port)),
    [],
  )
  // All at once and at once: nothing may depend on the gate having been up for a while.
  const answers = await Promise.all(scenes.map(({ line }) => runLine(line)))
  t.same(
    answers.map(({ status }) => status),
    scenes.map(({ promise }) => Number(/\d{3}/.exec(promise)?.[0])),
  )
})

/** The port; empty where another program holds it, which may free it at any time. */
async function occupy(t: Test, port: number): Promise<readonly number[]> {
  const server: Server = createServer()
  const outcome = await Promise.race([
    once(server.listen(port, '127.0.0.1'), 'listening').then(() => 'mine'),
    once(server, 'error').then(() => 'taken'),
  ]).catch(() => 'taken')
  if (outcome === 'taken') return []
  t.teardown(() => server.close())
  return [port]
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  t.test(`${signal} ends it with exit code 0 and frees its ports`, async (t) => {
    const leftOpen = async (): Promise<boolean> => {
      const { process, ports } = await startDemo(t)
      t.same(await Promise.all(ports.map(isOpen)), [true, true, true, true])
      process.kill(signal)
      t.equal(await process.ended, 0)
      t.match(process.stdout, /^stopped$/m)
      return (await Promise.all(ports.map(isOpen))).includes(true)
    }
    // A port that is free again may be another program's by now, but hardly twice.
    t.notOk((await leftOpen()) && (await leftOpen()))
  })
}

/** Whether a connection to loopback is accepted. */
async function isOpen(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}
