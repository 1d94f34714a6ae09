/**
 * A disk that is full, or a directory nobody may write to: keys and log lines are not kept, callers do not notice. The
 * system's limit on the size of files stands for the disk; a write beyond it fails just so.
 */
import { execFileSync } from 'node:child_process'
import { lstatSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { spawnCogate } from '../helpers/cogate-process.ts'
import { gateEnvironment } from '../helpers/gateway.ts'
import { startTestIssuer } from '../helpers/issuer.ts'
import { listenOnLoopback } from '../helpers/listen.ts'
import { startUpstream } from '../helpers/upstream.ts'

const issuer = await startTestIssuer(t)
const upstream = await startUpstream(t, (_request, response) => response.end('ok'))
const headers = { authorization: `Bearer ${issuer.mintAccessToken()}` }

/** A write beyond the limit is an error then, not a signal; what the test runner preloads would undo that. */
const ignoreSignal = "unset NODE_OPTIONS; trap '' XFSZ"

async function askRepeatedly(url: string, times: number): Promise<ReadonlySet<number>> {
  const statuses = new Set<number>()
  for (let count = 0; count < times; count++) {
    const response = await fetch(`${url}/${'x'.repeat(400)}`, { headers })
    await response.arrayBuffer()
    statuses.add(response.status)
  }
  return statuses
}

/** A port that was free a moment ago. */
async function findPort(t: Test): Promise<number> {
  const { port, close } = await listenOnLoopback(t, createServer())
  await close()
  return port
}

/** Until it is ready, whatever it can say of itself. */
async function untilReady(opsUrl: string): Promise<void> {
  const status = await fetch(`${opsUrl}/readyz`).then(
    (ready) => ready.status,
    () => 0,
  )
  if (status !== 200) await untilReady(opsUrl)
}

for (const [what, prelude] of [
  ['is full from the start', 'exec >/dev/full'],
  ['becomes full', `${ignoreSignal}; ulimit -f 2; exec >log.txt`],
] as const) {
  t.test(`serves, and drains, when the disk of its log ${what}`, async (t) => {
    const [url, opsUrl] = [`http://127.0.0.1:${await findPort(t)}`, `http://127.0.0.1:${await findPort(t)}`]
    const env = { COGATE_LISTEN: url.slice(7), COGATE_OPS_LISTEN: opsUrl.slice(7) }
    const cogate = spawnCogate(t, ['start'], {
      cwd: t.testdir({}),
      env: gateEnvironment({ issuer, upstream: upstream.url, env }),
      prelude,
    })
    await untilReady(opsUrl)
    t.strictSame(await askRepeatedly(url, 50), new Set([200]))
    t.equal((await fetch(`${opsUrl}/livez`)).status, 200)
    cogate.kill('SIGTERM')
    t.equal(await cogate.ended, 0)
    t.equal(cogate.stderr, '')
  })
}

for (const [what, file, prelude] of [
  ['is full from the start', '/dev/full', ':'],
  ['becomes full', './audit.log', `${ignoreSignal}; ulimit -f 4`],
] as const) {
  t.test(`serves, says so, and drains, when the disk of its audit log ${what}`, async (t) => {
    const env = { COGATE_LOG_AUDIT: file, COGATE_LOG_ACCESS: 'false' }
    const cogate = spawnCogate(t, ['start'], {
      cwd: t.testdir({}),
      env: gateEnvironment({ issuer, upstream: upstream.url, env }),
      prelude,
    })
    const [line = ''] = (await cogate.printed(/"msg":"listening"/))
      .split('\n')
      .filter((text) => text.includes('"listening"'))
    const { listen } = JSON.parse(line)
    await cogate.printed(/"msg":"keys_changed"/)
    t.strictSame(await askRepeatedly(listen, 50), new Set([200]))
    t.match(
      await cogate.printed(/"msg":"audit log failed"/),
      /"level":"error".*"code":"(?:ENOSPC|EFBIG)".*"audit log failed"/,
    )
    cogate.kill('SIGTERM')
    t.equal(await cogate.ended, 0)
    t.equal(cogate.stderr, '')
  })
}

for (const [what, file, prelude] of [
  ['the disk is full', 'snapshot.json', `${ignoreSignal}; ulimit -f 0`],
  ['the directory takes no files', '/proc/self/snapshot.json', ':'],
] as const) {
  t.test(`serves, and says that the keys are not kept, when ${what}`, async (t) => {
    const env = { COGATE_JWKS_SNAPSHOT_FILE: file }
    const cogate = spawnCogate(t, ['start'], {
      cwd: t.testdir({}),
      env: gateEnvironment({ issuer, upstream: upstream.url, env }),
      prelude,
    })
    const lines = (await cogate.printed(/"msg":"snapshot_failed"/)).trim().split('\n')
    const { listen } = lines.map((line) => JSON.parse(line)).find(({ msg }) => msg === 'listening')
    t.strictSame(await askRepeatedly(listen, 1), new Set([200]))
    t.match(cogate.stdout, /"level":"warn".*"detail":".*(?:EFBIG|ENOENT|EACCES).*"msg":"snapshot_failed"/)
    cogate.kill('SIGTERM')
    t.equal(await cogate.ended, 0)
  })
}

t.test('serves, and leaves what it finds in the place of the snapshot alone, when that is no file', async (t) => {
  const cwd = t.testdir({})
  const pipe = join(cwd, 'snapshot.json')
  execFileSync('mkfifo', [pipe])
  const env = gateEnvironment({ issuer, upstream: upstream.url, env: { COGATE_JWKS_SNAPSHOT_FILE: pipe } })
  const cogate = spawnCogate(t, ['start'], { cwd, env })
  const output = await cogate.printed(/"msg":"snapshot_failed"/)
  t.match(output, /"detail":".*no regular file.*"msg":"snapshot_ignored"/)
  t.match(output, /"detail":".*no regular file.*"msg":"snapshot_failed"/)
  t.ok(lstatSync(pipe).isFIFO())
})
