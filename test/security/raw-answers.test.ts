/**
 * Attack: answers of a service, byte for byte, to the real process: status lines, headers, lengths, codings, chunks,
 * interim answers, ends. A green run proves that the caller gets the answer that RFC 9112 finds in them or a clear
 * failure, that the next request on the same connection and one on another get their own answers, and that a connection
 * to the service is used again only where nothing of an answer can be left on it.
 */
import type { Socket } from 'node:net'
import t, { type Test } from 'tap'
import { spawnGate } from '../helpers/gateway.ts'
import { startTestIssuer } from '../helpers/issuer.ts'
import { readCaseLines } from '../helpers/judged.ts'
import { type RawExchange, sendRaw } from '../helpers/raw-socket.ts'
import { type AfterAnswer, startRawUpstream } from '../helpers/upstream.ts'

interface Row {
  readonly id: string
  readonly section: string
  readonly name: string
  readonly method: string
  /** Latin-1, one character a byte. */
  readonly bytes: string
  readonly after: AfterAnswer
  /** `refused`: 502. `cut`: an answer that visibly breaks off. */
  readonly see: { readonly status: number; readonly body: string } | 'refused' | 'cut'
  /** Whether the connection to the service is used again. */
  readonly reuse?: boolean
  /** What `upstream.tolerate` names; default nothing. */
  readonly tolerate?: readonly string[]
}

interface Bench {
  readonly port: number
  row: Row | undefined
  /** Of the row, and of the request behind it. */
  readonly sockets: Map<string, Socket>
}

async function startBench(t: Test, tolerate: string): Promise<Bench> {
  const sockets = new Map<string, Socket>()
  const bench: { row: Row | undefined } = { row: undefined }
  const upstream = await startRawUpstream(t, (socket) => {
    socket.on('error', () => undefined)
    socket.on('data', (chunk: Buffer) => {
      const target = chunk.toString('latin1').split(' ', 2)[1] ?? ''
      sockets.set(target, socket)
      if (target === '/row' && bench.row) answerRow(socket, bench.row)
      else socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${target.length}\r\n\r\n${target}`)
    })
    socket.on('end', () => socket.end())
  })
  const routes = [{ path: '/*', auth: 'none' }]
  const issuer = await startTestIssuer(t)
  const env = { COGATE_UPSTREAM_TOLERATE: tolerate || undefined }
  const { port } = await spawnGate(t, { issuer, upstream: upstream.url, routes, env })
  return Object.assign(bench, { port, sockets })
}

function answerRow(socket: Socket, { bytes, after }: Row): void {
  if (after === 'reset') socket.resetAndDestroy()
  else if (after === 'end') socket.end(bytes, 'latin1')
  else socket.write(bytes, 'latin1')
}

function head(method: string, target: string): string {
  return `${method} ${target} HTTP/1.1\r\nHost: service.test\r\n\r\n`
}

async function runRow(t: Test, bench: Bench, row: Row): Promise<void> {
  bench.row = row
  bench.sockets.clear()
  const { port } = bench
  // Behind the row on the same connection, and in one packet with it.
  const bytes = head(row.method, '/row') + head('GET', '/second')
  const exchange = await sendRaw({ port, bytes, expectResponses: 2, methods: [row.method, 'GET'] })
  checkSeen(t, row, exchange)
  const next = await sendRaw({ port, bytes: head('GET', '/next') })
  t.equal(next.responses[0]?.body.toString(), '/next', 'the next caller gets its own answer')
}

function checkSeen(t: Test, { see }: Row, { responses, rest, timedOut, closed }: RawExchange): void {
  const [first, second] = responses
  t.equal(timedOut, false, 'the caller is never left waiting')
  if (see === 'cut') {
    t.notOk(first?.complete, 'the answer is cut')
    t.equal(closed, true, 'the connection ends with what was cut')
    return
  }
  if (typeof see === 'string') t.equal(first?.status, 502)
  else t.strictSame([first?.status, first?.body.toString('latin1')], [see.status, see.body])
  t.equal(rest.length, 0, 'every byte belongs to an answer')
  if (first?.headers['connection']?.includes('close')) return
  t.strictSame([second?.status, second?.body.toString()], [200, '/second'], 'the second request gets its own answer')
}

/** Alone on its connections: the connection of a whole answer is the next exchange's. */
async function runForReuse(t: Test, bench: Bench, row: Row): Promise<void> {
  bench.row = row
  bench.sockets.clear()
  await sendRaw({ port: bench.port, bytes: head(row.method, '/row') })
  await sendRaw({ port: bench.port, bytes: head('GET', '/next') })
  const isSame = bench.sockets.get('/next') === bench.sockets.get('/row')
  t.equal(isSame, row.reuse, row.reuse ? 'the connection is used again' : 'the connection is not used again')
}

const rows = readCaseLines<Row>('raw-answers.jsonl')
/** By what the gate tolerates, as a list for its variable. */
const groups = Map.groupBy(rows, ({ tolerate = [] }) => tolerate.join())

t.test(`every case of raw-answers.jsonl is seen as its row says (${rows.length})`, async (t) => {
  for (const [tolerate, group] of groups) {
    const bench = await startBench(t, tolerate)
    for (const row of group) await t.test(`${row.id} ${row.section}: ${row.name}`, (t) => runRow(t, bench, row))
  }
})

t.test('a connection is used again where nothing can be left on it, and only there', async (t) => {
  for (const [tolerate, group] of groups) {
    const bench = await startBench(t, tolerate)
    for (const row of group.filter(({ reuse }) => reuse !== undefined)) {
      await t.test(`${row.id} ${row.name}`, (t) => runForReuse(t, bench, row))
    }
  }
})
