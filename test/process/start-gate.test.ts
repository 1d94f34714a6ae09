import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { startTestGate } from '../helpers/gateway.ts'
import { startTestIssuer } from '../helpers/issuer.ts'
import { sendRaw } from '../helpers/raw-socket.ts'
import { startUpstream } from '../helpers/upstream.ts'

const request = (token: string) => `GET /x HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${token}\r\n\r\n`

t.test('starts ready from pinned keys in a file', async (t) => {
  const issuer = await startTestIssuer(t)
  const upstream = await startUpstream(t)
  const file = join(t.testdir(), 'jwks.json')
  writeFileSync(file, JSON.stringify(issuer.keys.jwks()))
  const env = { COGATE_USER_POOL_JWKS_FILE: file }
  const gate = await startTestGate(t, { issuer, upstream: upstream.url, env })
  const { responses } = await sendRaw({ port: gate.port, bytes: request(issuer.mintAccessToken()) })
  t.match(responses, [{ status: 200 }])
})

t.test('starts ready from the snapshot of an earlier gate while the issuer is down', async (t) => {
  const issuer = await startTestIssuer(t)
  const upstream = await startUpstream(t)
  const env = { COGATE_JWKS_SNAPSHOT_FILE: join(t.testdir(), 'keys.json') }
  const earlier = await startTestGate(t, { issuer, upstream: upstream.url, env })
  await earlier.close()
  const token = issuer.mintAccessToken()
  await issuer.close()
  const gate = await startTestGate(t, { issuer, upstream: upstream.url, env })
  const { responses } = await sendRaw({ port: gate.port, bytes: request(token) })
  t.match(responses, [{ status: 200 }])
})
