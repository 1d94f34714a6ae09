/** What the access line says of a token that was refused. */
import t from 'tap'
import { startStack } from '../helpers/stack.ts'

t.test('says at level debug what a refused token says of itself, and only there', async (t) => {
  for (const [level, isTold] of [
    ['debug', true],
    ['info', false],
  ] as const) {
    const { gate, issuer } = await startStack(t, { env: { COGATE_LOG_LEVEL: level } })
    const claims = { iss: 'https://other.example/pool\u001b', aud: ['https://api.example'] }
    const token = issuer.mintAccessToken({ claims, header: { kid: 'other-key' } })
    const { status } = await fetch(gate.url, { headers: { authorization: `Bearer ${token}` } })
    t.equal(status, 401)
    const line = await gate.logged(({ msg }) => msg === 'access')
    const told = {
      iss: String.raw`https://other.example/pool\u001b`,
      client_id: issuer.clientId,
      kid: 'other-key',
      aud: ['https://api.example'],
    }
    const { iss, client_id, kid, aud } = line
    t.same(JSON.parse(JSON.stringify({ iss, client_id, kid, aud })), isTold ? told : {}, level)
    for (const part of token.split('.')) t.notOk(JSON.stringify(gate.lines).includes(part), 'no part of the token')
  }
})

t.test('says nothing of a token that was accepted, also at level debug', async (t) => {
  const { gate, head, send } = await startStack(t, { env: { COGATE_LOG_LEVEL: 'debug' } })
  await send(head('GET /x'))
  t.notOk('iss' in (await gate.logged(({ msg }) => msg === 'access')))
})
