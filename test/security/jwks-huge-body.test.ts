/** A key endpoint that sends 10 MB. Green: the gate stops reading at its limit and drops the connection. */
import { createServer } from 'node:http'
import t from 'tap'
import { createKeyFetcher } from '../../src/tokens/keys/fetch.ts'
import { createRig, poolId } from '../helpers/jwks-rig.ts'
import { keySetBytes, makePublishedKey } from '../helpers/key-sets.ts'
import { listenOnLoopback } from '../helpers/listen.ts'
import { createTally } from '../helpers/tally.ts'

const body = Buffer.alloc(10 * 1024 * 1024, ' ')
body.set(keySetBytes(makePublishedKey('k1')))

const lengths = { 'announced by Content-Length': { 'content-length': body.length }, 'sent in chunks': {} }

for (const [name, headers] of Object.entries(lengths)) {
  t.test(`cuts a body of 10 MB that is ${name}`, async (t) => {
    const cut = createTally()
    const server = createServer((_request, response) => {
      response.on('close', () => response.writableFinished || cut.add())
      response.writeHead(200, headers).end(body)
    })
    const { port } = await listenOnLoopback(t, server)
    const { fetchKeys, close } = createKeyFetcher()
    t.teardown(close)
    const uri = `http://127.0.0.1:${port}/jwks.json`
    const rig = createRig({ pools: [{ id: poolId, uris: [uri] }], fetch: fetchKeys, timeoutMs: 30_000 })
    await rig.jwks.refreshDue()
    t.match(rig.jwks.statuses(), [{ ready: false, keys: 0, lastError: /answer larger than 153600 bytes$/ }])
    await cut.reached(1)
    t.equal(cut.count, 1, 'the endpoint saw the connection go before it had sent everything')
  })
}
