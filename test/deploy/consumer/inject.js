// Run by test/deploy/package.test.ts in every Node.js release. The user pool cannot be reached, and need not.
import cogate from 'cogate'
import Fastify from 'fastify'

const app = Fastify()
const pool = { id: 'eu-west-1_AbCdEfGhI', clientIds: ['client1'], jwksUri: 'http://127.0.0.1:1/jwks.json' }
await app.register(cogate, { userPools: [pool] })
app.get('/', async () => 'ok')
const answer = await app.inject('/')
process.stdout.write(`${answer.statusCode} ${answer.json().code}\n`)
await app.close()
