/** Thousands of connections that ask for nothing: they cost little, and the next caller is served. */
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import t from 'tap'
import { spawnGate } from '../helpers/gateway.ts'
import { startTestIssuer } from '../helpers/issuer.ts'
import { startUpstream } from '../helpers/upstream.ts'

const connections = 5000
const maxBytesEach = 32 * 1024

function residentBytes(pid: number): number {
  const [, kilobytes = ''] = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
  return Number(kilobytes) * 1024
}

async function open(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1').on('error', () => undefined)
  await once(socket, 'connect')
  return socket
}

t.test(`FLT-041 holds less than 32 KiB for each of ${connections} idle connections and serves the next`, async (t) => {
  const issuer = await startTestIssuer(t)
  const upstream = await startUpstream(t)
  const gate = await spawnGate(t, { issuer, upstream: upstream.url })
  const headers = { authorization: `Bearer ${issuer.mintAccessToken()}` }
  const ask = async () => (await fetch(`http://127.0.0.1:${gate.port}/`, { headers })).status
  t.equal(await ask(), 200)
  const before = residentBytes(gate.pid)
  const sockets: Socket[] = []
  t.teardown(() => {
    for (const socket of sockets) socket.destroy()
  })
  while (sockets.length < connections) {
    sockets.push(...(await Promise.all(Array.from({ length: 100 }, () => open(gate.port)))))
  }
  t.equal(await ask(), 200)
  const each = Math.round((residentBytes(gate.pid) - before) / connections)
  t.ok(each < maxBytesEach, `${each} bytes each`)
  t.equal(gate.stderr(), '')
})
