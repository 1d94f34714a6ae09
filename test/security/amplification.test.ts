/**
 * Requests made to cost more than they look: the largest token, the most headers, the longest target, deep JSON, a body
 * that comes slowly or in crumbs. Each is refused. A green run proves that none of them makes the gate hold, or spend, a
 * hundred times what a plain refused request does.
 */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import t, { type Test } from 'tap'
import { type GateProcess, spawnGate } from '../helpers/gateway.ts'
import type { Held, Spent } from '../helpers/gauge.ts'
import { startTestIssuer } from '../helpers/issuer.ts'
import { startUpstream } from '../helpers/upstream.ts'

const bound = 100
const issuer = await startTestIssuer(t)
const encode = (json: string) => Buffer.from(json).toString('base64url')
const [genuineHeader = '', , genuineSignature = ''] = issuer.mintAccessToken().split('.')

/** As large as `limits.token` lets it be, and signed by nobody. */
function forge(payloadOf: (bytes: number) => string): string {
  const room = 8192 - genuineHeader.length - genuineSignature.length - 2
  return `${genuineHeader}.${encode(payloadOf(Math.floor((room * 3) / 4)))}.${genuineSignature}`
}

function claims(bytes: number, extra: (bytes: number) => string): string {
  const begin = JSON.stringify({ iss: issuer.issuer, sub: 'a', token_use: 'access', exp: 2e9 }).slice(0, -1)
  return `${begin},"x":${extra(bytes - begin.length - 6)}}`
}

const nested = (bytes: number) => '['.repeat(bytes / 2) + ']'.repeat(bytes / 2)
const objects = (bytes: number) => `[${new Array(Math.floor(bytes / 3)).fill('{}').join()}]`
const text = (bytes: number) => JSON.stringify('a'.repeat(bytes - 2))

const head = (...lines: readonly string[]) => `${lines.join('\r\n')}\r\n\r\n`
const bearer = (token: string) => head('GET / HTTP/1.1', 'Host: a', `Authorization: Bearer ${token}`)
const upload = (...lines: readonly string[]) => head('POST / HTTP/1.1', 'Host: a', ...lines)
const crumbs = '1\r\nx\r\n'.repeat(1000)

/** Bytes of one request, none above 40 KB. */
const shapes: Readonly<Record<string, string>> = {
  'the largest token': bearer(forge((bytes) => claims(bytes, text))),
  'a token of deep lists': bearer(forge((bytes) => claims(bytes, nested))),
  'a token of countless objects': bearer(forge((bytes) => claims(bytes, objects))),
  'a token of nothing but brackets': bearer(forge(nested)),
  'a token over the limit': bearer('a'.repeat(20_000)),
  'the most headers': head('GET / HTTP/1.1', 'Host: a', ...Array.from({ length: 199 }, (_, i) => `X-${i}: ${i}`)),
  'the largest headers': head('GET / HTTP/1.1', 'Host: a', `X-A: ${'a'.repeat(30_000)}`),
  'the longest target': head(`GET /${'%61'.repeat(2700)} HTTP/1.1`, 'Host: a'),
  'the longest path of segments': head(`GET ${'/a'.repeat(4090)} HTTP/1.1`, 'Host: a'),
  'a body in crumbs': `${upload('Transfer-Encoding: chunked')}${crumbs}0\r\n\r\n`,
}
/** Their bodies have not come to an end: the gate waits for the rest. */
const slow: Readonly<Record<string, string>> = {
  'a slow body': `${upload('Content-Length: 1000000000')}x`,
  'a slow body in crumbs': `${upload('Transfer-Encoding: chunked')}${crumbs}`,
}
const plain = head('GET / HTTP/1.1', 'Host: a')

async function startMeasuredGate(t: Test) {
  const { url } = await startUpstream(t)
  const gauge = new URL('../helpers/gauge.ts', import.meta.url).href
  const env = { NODE_OPTIONS: `--import=${gauge}`, COGATE_LOG_LEVEL: 'info', COGATE_LOG_ACCESS: 'false' }
  const gate = await spawnGate(t, { issuer, upstream: url, env })
  const { port } = await gate.logged(({ msg }) => msg === 'gauge')
  const read = async (what: string) => (await fetch(`http://127.0.0.1:${port}/${what}`)).json()
  return { gate, held: () => read('held') as Promise<Held>, spent: () => read('spent') as Promise<Spent> }
}

/** A connection on which the request has been refused; it stays open. */
async function refuse(t: Test, { port }: GateProcess, bytes: string): Promise<Socket> {
  const socket = connect(port, '127.0.0.1')
  t.teardown(() => socket.destroy())
  await answerTo(socket, bytes)
  return socket
}

async function answerTo(socket: Socket, bytes: string): Promise<void> {
  socket.write(bytes)
  const [answer] = (await once(socket, 'data')) as [Buffer]
  if (!/^HTTP\/1\.1 4/.test(answer.toString('latin1'))) throw new Error(`not refused: ${answer.toString('latin1')}`)
}

const connections = 100

t.test('holds no more than a hundred times what it holds for a plain refused request', async (t) => {
  const { gate, held } = await startMeasuredGate(t)
  const idle = await held()
  /** Of each of many that are open at once. */
  const heldBy = async (bytes: string): Promise<number> => {
    const before = await held()
    const sockets = await Promise.all(Array.from({ length: connections }, () => refuse(t, gate, bytes)))
    const during = await held()
    for (const socket of sockets) socket.destroy()
    while ((await held()).sockets > idle.sockets);
    return (during.bytes - before.bytes) / connections
  }
  await heldBy(plain)
  const least = await heldBy(plain)
  t.ok(least > 500, `a plain one holds ${Math.round(least)} bytes`)
  for (const [name, bytes] of Object.entries({ ...shapes, ...slow })) {
    const much = await heldBy(bytes)
    t.ok(much < bound * least, `${name}: ${Math.round(much)} bytes, ${(much / least).toFixed(1)} times a plain one`)
  }
})

const requests = 200

t.test('spends no more than a hundred times the CPU time of a plain refused request', async (t) => {
  const { gate, spent } = await startMeasuredGate(t)
  /** Of each of many on one connection, in microseconds. */
  const spentOn = async (bytes: string): Promise<number> => {
    const socket = await refuse(t, gate, bytes)
    const before = await spent()
    for (let i = 0; i < requests; i++) await answerTo(socket, bytes)
    const after = await spent()
    socket.destroy()
    return (after.cpuMicros - before.cpuMicros) / requests
  }
  await spentOn(plain)
  const least = await spentOn(plain)
  for (const [name, bytes] of Object.entries(shapes)) {
    const much = await spentOn(bytes)
    t.ok(much < bound * least, `${name}: ${Math.round(much)} µs, ${(much / least).toFixed(1)} times a plain one`)
  }
})
