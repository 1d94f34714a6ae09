/** What is checked of a callback before its code goes to the token endpoint. */
import { createServer } from 'node:http'
import t from 'tap'
import { CognitoError, connectCognito } from '../../src/login/oauth/cognito.ts'
import { listenOnLoopback } from '../helpers/listen.ts'

const issuers = [
  'https://cognito-idp.eu-west-1.example/eu-west-1_A',
  'https://issuer-cognito-idp.eu-west-1.example/eu-west-1_A',
]

t.test('a callback may name either issuer of the pool (RFC 9207), and no other', async (t) => {
  const asked: string[] = []
  const server = createServer(({ url = '' }, response) => {
    asked.push(url)
    response.writeHead(400, { 'content-type': 'application/json' }).end('{"error":"invalid_grant"}')
  })
  const { port } = await listenOnLoopback(t, server)
  const cognito = connectCognito({
    domain: `http://127.0.0.1:${port}`,
    clientId: 'client',
    redirectUri: 'https://app.example.com/_cogate/callback',
    signedOutUri: 'https://app.example.com/_cogate/logged-out',
    issuers,
    timeoutMs: 5000,
    toleranceMs: 0,
    now: Date.now,
    onCall: () => undefined,
  })
  const kindFor = (iss: readonly string[]) => {
    const callback = new URLSearchParams({ code: 'c', state: 's' })
    for (const one of iss) callback.append('iss', one)
    const secrets = { verifier: 'v'.repeat(43), nonce: 'n' }
    return cognito
      .redeem(callback, 's', secrets)
      .catch((error: unknown) => (error instanceof CognitoError ? error.kind : error))
  }
  for (const iss of [[], ...issuers.map((one) => [one])]) t.equal(await kindFor(iss), 'refused', iss.join())
  t.equal(asked.length, 3, 'the code was sent')
  const others = [['https://evil.example'], [`${issuers[0]}/`], issuers, [...issuers, 'https://evil.example']]
  for (const iss of others) t.equal(await kindFor(iss), 'unavailable', iss.join())
  t.equal(asked.length, 3, 'and not for these')
})
