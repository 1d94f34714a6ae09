/** A log that nobody reads (a full pipe, a stuck collector) costs lines, never requests. */
import { Agent, get, type IncomingMessage } from 'node:http'
import t, { type Test } from 'tap'
import { spawnCogate } from '../helpers/cogate-process.ts'
import { startTestIssuer } from '../helpers/issuer.ts'
import { startUpstream } from '../helpers/upstream.ts'

/** Together far more text than a pipe holds. */
const requests = 2000

function status(url: string, agent: Agent): Promise<number> {
  return new Promise((resolve, reject) => {
    get(url, { agent }, (response: IncomingMessage) => {
      response.resume().on('end', () => resolve(response.statusCode ?? 0))
    }).on('error', reject)
  })
}

/** A gate whose output is not read from its first line on. */
async function startUnread(t: Test) {
  const issuer = await startTestIssuer(t)
  const upstream = await startUpstream(t, (_request, response) => response.end('ok'))
  const cogate = spawnCogate(t, ['start'], {
    env: {
      COGATE_USER_POOL_ID: issuer.poolId,
      COGATE_USER_POOL_ISSUER: issuer.issuer,
      COGATE_CLIENT_ID: issuer.clientId,
      COGATE_UPSTREAM: upstream.url,
      COGATE_LISTEN: '127.0.0.1:0',
      COGATE_OPS_LISTEN: '127.0.0.1:0',
      COGATE_ROUTES: JSON.stringify([{ path: '/*', auth: 'none' }]),
      COGATE_DRAIN_DELAY: '0s',
    },
  })
  const started = JSON.parse((await cogate.printed(/"listening".*\n/)).split('\n')[0] ?? '')
  cogate.stopReading()
  return { cogate, url: started.listen }
}

async function askOften(url: string, t: Test): Promise<ReadonlySet<number>> {
  const agent = new Agent({ keepAlive: true, maxSockets: 20 })
  t.teardown(() => agent.destroy())
  return new Set(await Promise.all(Array.from({ length: requests }, () => status(`${url}/x`, agent))))
}

t.test('answers every request while its output is not read, and writes the lines when it is', async (t) => {
  const { cogate, url } = await startUnread(t)
  t.strictSame(await askOften(url, t), new Set([200]))
  t.ok(cogate.stdout.split('\n').length < requests, 'the output was not read')
  cogate.readOn()
  cogate.kill('SIGTERM')
  t.equal(await cogate.ended, 0)
  const lines = cogate.stdout.trimEnd().split('\n')
  t.equal(lines.filter((line) => JSON.parse(line).msg === 'access').length, requests)
})

t.test('ends in time though nobody reads its output', async (t) => {
  const { cogate, url } = await startUnread(t)
  t.strictSame(await askOften(url, t), new Set([200]))
  cogate.kill('SIGTERM')
  t.equal(await cogate.ended, 0)
})
