/**
 * `GET /logout`: ends the session of the browser, and goes to a sign-out URL of the client or to a new sign-in. Refresh
 * tokens stay valid. The parameters of OIDC's own sign-out mean nothing here, as at Cognito.
 */
import { type Answer, type Exchange, redirectTo } from '../exchange.ts'
import { forgetSession, SESSION_COOKIE } from './authorize.ts'
import { isLogoutTarget } from './clients.ts'
import { errorPage } from './pages.ts'
import { readAuthorizationRequest } from './read-authorization-request.ts'

export function signOut(exchange: Exchange): Answer {
  const { query, pool, queryText } = exchange
  const client = pool.findClient(query.get('client_id') ?? '')
  if (client === undefined) return errorPage(400, 'The app client does not exist.')
  const logoutUri = query.get('logout_uri')
  if (logoutUri === null) {
    const request = readAuthorizationRequest(exchange)
    return 'status' in request ? request : endSession(exchange, `/login?${queryText}`)
  }
  if (isLogoutTarget(client, logoutUri)) return endSession(exchange, logoutUri)
  return errorPage(400, 'The sign-out URL is not one of the app client.')
}

function endSession(exchange: Exchange, location: string): Answer {
  forgetSession(exchange)
  return redirectTo(location, { 'set-cookie': `${SESSION_COOKIE}=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0` })
}
