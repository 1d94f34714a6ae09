/** A gate loads nothing of what administrators do, and no AWS SDK. */
import t from 'tap'
import { spawnCogate } from '../helpers/cogate-process.ts'
import { gateEnvironment } from '../helpers/gateway.ts'
import { startTestIssuer } from '../helpers/issuer.ts'

const hooks = `import { registerHooks } from 'node:module'
registerHooks({ load(url, context, next) {
  if (/\\/src\\/(?:cli\\/)?admin\\/|@aws-sdk|@smithy/.test(url)) throw new Error('loaded ' + url)
  return next(url, context)
} })`
const nodeArgs = ['--import', `data:text/javascript,${encodeURIComponent(hooks)}`]

t.test('a gate that starts and ends loads none of it', async (t) => {
  const issuer = await startTestIssuer(t)
  const env = gateEnvironment({ issuer, upstream: 'http://127.0.0.1:9' })
  const gate = spawnCogate(t, ['start'], { env, nodeArgs })
  await gate.printed(/listening/)
  gate.kill('SIGTERM')
  t.equal(await gate.ended, 0, gate.stderr)
})

t.test('the doctor does load it, so this test can fail', async (t) => {
  const doctor = spawnCogate(t, ['doctor'], { nodeArgs })
  t.equal(await doctor.ended, 1)
  t.match(doctor.stderr, /loaded file:\S+\/src\/cli\/admin\/doctor\.ts/)
})
