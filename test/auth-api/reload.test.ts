/** Another configuration while the auth API runs. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { spawnGate } from '../helpers/gateway.ts'
import { startTestIssuer } from '../helpers/issuer.ts'
import { publicOrigin, sessionSecret } from '../helpers/login-world.ts'

t.test(
  'operations come and go with a reload, what was counted is not forgotten, and the mode needs a restart',
  async (t) => {
    const issuer = await startTestIssuer(t)
    const file = join(t.testdir({}), 'cogate.yaml')
    const write = (operations: string, more = '') =>
      writeFileSync(
        file,
        `authApi: { operations: [${operations}], endpoint: "${issuer.url}", minTime: 100ms${more} }\n`,
      )
    write('forgot, signOut')
    const gate = await spawnGate(t, {
      issuer,
      upstream: 'http://127.0.0.1:1',
      env: {
        COGATE_CONFIG: file,
        COGATE_PUBLIC_URL: publicOrigin,
        COGATE_LOGIN_CLIENT_ID: issuer.clientId,
        COGATE_SESSION_SECRETS: sessionSecret,
        COGATE_RELOAD_WATCH: 'false',
      },
    })
    const reload = async () => {
      const count = () => gate.lines.filter(({ msg }) => String(msg).startsWith('configuration')).length
      const before = count()
      gate.kill('SIGHUP')
      return gate.logged(({ msg }) => String(msg).startsWith('configuration') && count() > before)
    }
    const post = async (path: string, body: object) => {
      const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
      return (await fetch(`http://127.0.0.1:${gate.port}/_cogate/auth/${path}`, init)).status
    }
    t.equal(await post('sign-in', { username: 'alice', password: 'demo-password' }), 404)
    for (let count = 0; count < 3; count++) t.equal(await post('forgot', { username: 'alice' }), 202)

    write('signIn, forgot')
    t.match(await reload(), { msg: 'configuration reloaded' })
    t.equal(await post('sign-in', { username: 'alice', password: 'demo-password' }), 200)
    t.equal(await post('sign-out', {}), 404)
    t.equal(await post('forgot', { username: 'alice' }), 429)

    write('signIn', ', mode: tokens')
    t.match(await reload(), { level: 'error', msg: 'configuration not reloaded; the one before stays in use' })
    write('')
    t.match(await reload(), { level: 'error' })
    t.equal(await post('forgot', { username: 'bob' }), 202, 'the one before stays in use')
  },
)
