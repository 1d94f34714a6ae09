/** An application that speaks HTTP/2 is guarded like any other. */
import { once } from 'node:events'
import { connect } from 'node:http2'
import type { FastifyInstance } from 'fastify'
import { fastify } from 'fastify'
import t from 'tap'
import { createPlugin } from '../../src/library/plugin.ts'
import { optionsFor } from '../helpers/guarded-app.ts'
import { startTestIssuer } from '../helpers/issuer.ts'

t.test('HTTP/2: rules by host, forged headers, refusals', async (t) => {
  const issuer = await startTestIssuer(t)
  const app = fastify({ http2: true, forceCloseConnections: true }) as unknown as FastifyInstance
  t.teardown(() => app.close())
  const routes = [{ path: '/admin', host: 'admin.example', groups: ['admin'] }]
  await app.register(createPlugin(), { ...optionsFor(issuer), routes })
  app.get('/admin', async ({ headers }) => headers)
  await app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = app.server.address() as { port: number }
  const session = connect(`http://127.0.0.1:${port}`)
  t.teardown(() => session.close())
  const ask = async (headers: Record<string, string>, host = ':authority') => {
    const stream = session.request({ ':path': '/admin', [host]: 'admin.example', ...headers })
    const [answer] = (await once(stream, 'response')) as [Record<string, unknown>]
    let text = ''
    for await (const chunk of stream) text += chunk
    return { status: answer[':status'], text }
  }
  const authorization = `Bearer ${issuer.mintAccessToken({ username: 'alice', groups: ['admin'] })}`
  t.match(await ask({}), { status: 401, text: 'token_missing' })
  const { status, text } = await ask({ authorization, 'x-forwarded-user': 'mallory' })
  t.equal(status, 200)
  t.match(text, '"x-forwarded-user":"alice"')
  t.notMatch(text, 'mallory')
  const other = `Bearer ${issuer.mintAccessToken({ groups: ['users'] })}`
  t.match(await ask({ authorization: other }), { status: 403, text: 'insufficient_group' })
  t.match(await ask({ authorization: other }, 'host'), { status: 403 })
})
