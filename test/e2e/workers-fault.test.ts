/** Several workers that cannot start: the user reads what a single process would have said, once. */
import { createServer } from 'node:net'
import t from 'tap'
import { runCogate } from '../helpers/cogate-process.ts'
import { listenOnLoopback } from '../helpers/listen.ts'
import { offline } from '../helpers/offline.ts'

const offlineCrew = { ...offline, COGATE_WORKERS: '2' }

for (const [key, variable] of [
  ['listen', 'COGATE_LISTEN'],
  ['ops.listen', 'COGATE_OPS_LISTEN'],
] as const) {
  t.test(`a taken port of ${key} exits 1, in the one line of a single process`, async (t) => {
    const { port } = await listenOnLoopback(t, createServer())
    const env = { ...offlineCrew, [variable]: `127.0.0.1:${port}` }
    const { code, stdout, stderr } = await runCogate(t, ['start'], { env })
    const single = await runCogate(t, ['start'], { env: { ...env, COGATE_WORKERS: '1' } })
    t.equal(code, 1)
    t.match(stderr, `cogate: ${key}: cannot listen on 127.0.0.1:${port}: the port is in use`)
    t.equal(stderr, single.stderr)
    // Workers that have begun to fetch keys may have said so; none has listened, and none was started again.
    t.notMatch(stdout, /"worker (?:started|ended)"|"listening"/)
  })
}

t.test('a worker that dies before all listen exits 1 and says how it ended', async (t) => {
  const crash = t.testdir({ 'crash.mjs': "if (process.argv[2] === 'worker') process.exit(7)" })
  const { code, stderr } = await runCogate(t, ['start'], {
    env: { ...offlineCrew, NODE_OPTIONS: `${process.env.NODE_OPTIONS ?? ''} --import file://${crash}/crash.mjs` },
  })
  t.equal(code, 1)
  t.match(stderr, /^cogate: worker [12] ended with exit code 7 before all were listening\n$/)
})

for (const [text, write] of [
  ['0', '1'],
  ['65', '64'],
  ['two', '1'],
  ['1.5', '1'],
] as const) {
  t.test(`workers ${text} exits 64 and says what can be written`, async (t) => {
    const { code, stderr } = await runCogate(t, ['start', '--workers', text], {
      env: { ...offlineCrew, COGATE_WORKERS: undefined },
    })
    t.equal(code, 64)
    t.match(stderr, /^workers {2}\(flag --workers\)$/m)
    t.match(stderr, 'a whole number from 1 to 64, or auto')
    t.match(stderr, `write     --workers ${write}\n`)
  })
}
