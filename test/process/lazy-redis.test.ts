/** A gate loads nothing that talks to Redis where nothing lives there. */
import t from 'tap'
import { spawnCogate } from '../helpers/cogate-process.ts'
import { gateEnvironment } from '../helpers/gateway.ts'
import { startTestIssuer } from '../helpers/issuer.ts'

const hooks = `import { registerHooks } from 'node:module'
registerHooks({ load(url, context, next) {
  if (/\\/src\\/redis\\/(?!store-away)|\\/iovalkey\\//.test(url)) process.stdout.write('loaded ' + url + '\\n')
  return next(url, context)
} })`
const nodeArgs = ['--import', `data:text/javascript,${encodeURIComponent(hooks)}`]

const plain = { COGATE_RATE_LIMIT_PER_SUBJECT: '50/s' }

t.test('a gate that starts and ends loads none of it', async (t) => {
  const issuer = await startTestIssuer(t)
  const env = gateEnvironment({ issuer, upstream: 'http://127.0.0.1:9', env: plain })
  const gate = spawnCogate(t, ['start'], { env, nodeArgs })
  await gate.printed(/listening/)
  gate.kill('SIGTERM')
  t.equal(await gate.ended, 0, gate.stderr)
  t.notMatch(gate.stdout, /^loaded/m)
})

t.test('one with a list of revoked tokens in Redis does, so this test can fail', async (t) => {
  const issuer = await startTestIssuer(t)
  const env = gateEnvironment({
    issuer,
    upstream: 'http://127.0.0.1:9',
    env: { ...plain, COGATE_REDIS_URL: 'redis://127.0.0.1:1' },
  })
  const gate = spawnCogate(t, ['start'], { env, nodeArgs })
  await gate.printed(/listening/)
  gate.kill('SIGTERM')
  t.equal(await gate.ended, 0, gate.stderr)
  t.match(gate.stdout, /^loaded \S+\/src\/redis\/revocations\/feed\.ts$/m)
  t.match(gate.stdout, /^loaded \S+\/iovalkey\//m)
})
