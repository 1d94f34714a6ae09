import { fastify } from 'fastify'
import t from 'tap'
import { schemaless } from '../src/fastify-options.ts'

t.test('answers objects without a compiler, and refuses a route that would need one', async (t) => {
  const app = fastify(schemaless)
  t.teardown(() => app.close())
  app.get('/', (_request, reply) => reply.send({ a: [1, null] }))
  t.equal((await app.inject('/')).body, '{"a":[1,null]}')
  const other = fastify(schemaless)
  t.teardown(() => other.close())
  other.get('/', { schema: { querystring: { type: 'object' } } }, (_request, reply) => reply.send('x'))
  await t.rejects(async () => other.ready())
})
