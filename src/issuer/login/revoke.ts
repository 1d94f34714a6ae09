/** `POST /oauth2/revoke`: ends a refresh token and all tokens of its sign-in. An unknown token is no mistake (RFC 7009). */
import { type Answer, type Exchange, readForm, refuse } from '../exchange.ts'
import { workUnder } from '../faults.ts'
import { authenticateClient } from './authenticate-client.ts'

export async function revokeToken(exchange: Exchange): Promise<Answer> {
  const form = await readForm(exchange.request)
  if (!(form instanceof URLSearchParams)) return form
  const { desk } = exchange.pool
  return workUnder(desk, desk.take({ at: 'revoke' }), () => revoke(exchange, form))
}

function revoke(exchange: Exchange, form: URLSearchParams): Answer {
  const client = authenticateClient(exchange, form)
  if ('status' in client) return client
  const token = form.get('token')
  if (token === null) return refuse('invalid_request')
  // Three parts are a signed token; a refresh token is encrypted and has five.
  if (token.split('.').length === 3) return refuse('unsupported_token_type')
  exchange.pool.refreshTokens.revoke(token, client.clientId)
  return { status: 200, body: '' }
}
