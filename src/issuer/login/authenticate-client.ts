/** How an application proves who it is: with Basic or in the form. */
import { type Answer, type Exchange, refuse } from '../exchange.ts'
import type { AppClient } from './clients.ts'

/** The client of a request to the token or the revocation endpoint; Basic decides over the form. */
export function authenticateClient({ request, pool }: Exchange, form: URLSearchParams): AppClient | Answer {
  const basic = readBasic(request.headers.authorization)
  const clientId = basic?.clientId ?? form.get('client_id')
  if (clientId === null) return refuse('invalid_request')
  const client = pool.findClient(clientId)
  if (client === undefined) return refuse('invalid_client', 401)
  const secret = basic?.secret ?? form.get('client_secret')
  return client.clientSecret === undefined || isSecret(client.clientSecret, secret)
    ? client
    : refuse('invalid_client', 401)
}

/** As it is or form-encoded (RFC 6749 section 2.3.1): which of them Cognito takes is not documented. */
function isSecret(expected: string, given: string | null): boolean {
  return given !== null && (given === expected || new URLSearchParams(`s=${given}`).get('s') === expected)
}

function readBasic(authorization = ''): { readonly clientId: string; readonly secret: string } | undefined {
  const encoded = /^Basic +([A-Za-z0-9+/=]+)$/i.exec(authorization)?.[1]
  if (encoded === undefined) return undefined
  const [clientId = '', ...secret] = Buffer.from(encoded, 'base64').toString().split(':')
  return { clientId, secret: secret.join(':') }
}
