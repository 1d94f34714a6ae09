/** New certificate files are served without a restart; broken ones leave the old in place. */
import { once } from 'node:events'
import { renameSync, utimesSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import type { PeerCertificate } from 'node:tls'
import { connect } from 'node:tls'
import t, { type Test } from 'tap'
import { createListener } from '../../src/gate/listener/listener.ts'
import { createAuthority, writeFiles } from '../helpers/certificates.ts'
import { createTally } from '../helpers/tally.ts'

const authority = createAuthority()

const limits = {
  tokenBytes: 8192,
  headersBytes: 32768,
  headerCount: 200,
  urlBytes: 8192,
  requestTimeoutMs: 300_000,
  bodyIdleMs: 30_000,
  headersTimeoutMs: 15_000,
  keepAliveMs: 75_000,
}

async function startListener(t: Test) {
  const files = writeFiles(t, { ...authority.issue('old'), clientCa: '' })
  const failures = createTally()
  const tls = { certFile: files.cert, keyFile: files.key }
  const onReloadFailed = () => failures.add()
  const options = { limits, tls, idleTimeoutMs: 60_000, tlsCheckMs: 10, onReloadFailed, onRefused: () => undefined }
  const server = createListener(options, (_request, response) => response.end())
  await once(server.listen(0, '127.0.0.1'), 'listening')
  t.teardown(() => server.close())
  const { port } = server.address() as AddressInfo
  return { files, failures, name: () => servedName(port) }
}

async function servedName(port: number): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1', ca: authority.ca, checkServerIdentity: () => undefined })
  await once(socket, 'secureConnect')
  const { subject }: PeerCertificate = socket.getPeerCertificate()
  socket.destroy()
  return String(subject.CN)
}

/** Again and again, because a file that changes before it was first looked at has not changed; the limit is the test's. */
async function touchUntil(file: string, isReached: () => boolean | Promise<boolean>): Promise<void> {
  for (let second = 1; !(await isReached()); second++) {
    utimesSync(file, second, second)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

t.test('serves a certificate that was written over the old one', async (t) => {
  const { files, name } = await startListener(t)
  t.equal(await name(), 'old')
  const { cert, key } = authority.issue('new')
  writeFileSync(files.key, key)
  writeFileSync(files.cert, cert)
  await touchUntil(files.cert, async () => (await name()) === 'new')
  t.equal(await name(), 'new')
})

t.test('serves a certificate that was renamed into place', async (t) => {
  const { files, name } = await startListener(t)
  for (const [part, text] of Object.entries(authority.issue('new'))) {
    const path = part === 'key' ? files.key : files.cert
    writeFileSync(`${path}.next`, text)
    renameSync(`${path}.next`, path)
  }
  await touchUntil(files.cert, async () => (await name()) === 'new')
  t.equal(await name(), 'new')
})

t.test('keeps the old certificate while the files do not belong together, and says so', async (t) => {
  const { files, failures, name } = await startListener(t)
  const { cert, key } = authority.issue('new')
  writeFileSync(files.cert, cert)
  await touchUntil(files.cert, () => failures.count > 0)
  t.equal(await name(), 'old')
  writeFileSync(files.key, key)
  await touchUntil(files.cert, async () => (await name()) === 'new')
  t.equal(await name(), 'new')
})
