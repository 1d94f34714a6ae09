/**
 * Counts the source files that a warm authorised GET runs through: what someone has to read who follows one request. Prints
 * them, the busiest first.
 */
import { once } from 'node:events'
import { createServer } from 'node:http'
import { Session } from 'node:inspector/promises'
import type { AddressInfo } from 'node:net'
import { loadConfig } from '../src/config/load.ts'
import { startIssuer } from '../src/issuer/server.ts'
import { startGate } from '../src/process/start-gate.ts'

const sources = new URL('../src/', import.meta.url).href
const warmRequests = 20

const issuer = await startIssuer()
const service = createServer((_request, response) => response.end('ok')).listen(0, '127.0.0.1')
await once(service, 'listening')
const { config } = loadConfig({
  argv: [],
  env: {
    COGATE_USER_POOL_ID: issuer.poolId,
    COGATE_CLIENT_ID: issuer.clientId,
    COGATE_USER_POOL_ISSUER: issuer.issuer,
    COGATE_UPSTREAM: `http://127.0.0.1:${(service.address() as AddressInfo).port}`,
    COGATE_LISTEN: '127.0.0.1:0',
    COGATE_OPS_LISTEN: '127.0.0.1:0',
    COGATE_LOG_LEVEL: 'silent',
    COGATE_LOG_ACCESS: 'false',
  },
})
const gate = await startGate(config, { version: '0' })
const headers = { authorization: `Bearer ${issuer.mintAccessToken()}` }
const ask = async (): Promise<number> => (await fetch(`${gate.url}/orders/17`, { headers })).status
/** The connection to the service is free a turn after the answer. */
const pause = () => new Promise((resolve) => setTimeout(resolve, 20))
while ((await ask()) !== 200) await new Promise(setImmediate)
for (let n = 0; n < warmRequests; n++) {
  await ask()
  await pause()
}

const session = new Session()
session.connect()
await session.post('Profiler.enable')
await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: false })
await session.post('Profiler.takePreciseCoverage')
await ask()
await new Promise(setImmediate)
const { result } = await session.post('Profiler.takePreciseCoverage')
const walked = result
  .filter(({ url }) => url.startsWith(sources) && !/\/issuer\/|\/timer\.ts$|\/loop-watch\.ts$/.test(url))
  .map(({ url, functions }) => ({
    file: url.slice(sources.length),
    calls: functions.reduce((sum, { ranges }) => sum + (ranges[0]?.count ?? 0), 0),
  }))
  .filter(({ calls }) => calls > 0)
  .toSorted((one, other) => other.calls - one.calls)
for (const { file, calls } of walked) process.stdout.write(`${String(calls).padStart(5)} ${file}\n`)
process.stdout.write(`${walked.length} files\n`)
await gate.close()
await issuer.close()
service.closeAllConnections()
service.close()
