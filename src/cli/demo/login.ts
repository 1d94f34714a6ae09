/** `cogate demo --login`: people open one address, sign in at the stand-in, see who they are, and sign out. */
import { randomBytes } from 'node:crypto'
import { DEMO_PASSWORD } from '../../issuer/login/users.ts'
import { identityPage } from './page.ts'
import type { Scene } from './scene.ts'

const routes = [
  { path: '/*', auth: 'login' },
  { path: '/admin/*', auth: 'login', groups: ['admin'] },
  { path: '/public/*', auth: 'none' },
]

export const loginScene: Scene = {
  title: 'cogate demo --login',
  page: identityPage,
  environment: ({ issuer, origin }) => ({
    COGATE_PUBLIC_URL: origin,
    COGATE_LOGIN_DOMAIN: issuer.url,
    COGATE_LOGIN_CLIENT_ID: issuer.clientId,
    COGATE_SESSION_SECRETS: randomBytes(32).toString('hex'),
    COGATE_ROUTES: JSON.stringify(routes),
  }),
  describe: ({ gateUrl, issuerUrl, dim }) => [
    `  open      ${gateUrl}/`,
    `  user      alice  (in group admin; bob is in no group)`,
    `  password  ${DEMO_PASSWORD}`,
    `  sign out  ${gateUrl}/_cogate/logout`,
    '',
    dim('# a person is sent to the sign-in'),
    `curl -i -H 'Accept: text/html' ${gateUrl}/hello\n`,
    dim('# a program is not → 401 login_required'),
    `curl -i ${gateUrl}/hello\n`,
    dim("# alice's token works beside the sessions → 200"),
    `curl -i -H "Authorization: Bearer $(curl -s '${issuerUrl}/token.txt?username=alice')" ${gateUrl}/hello\n`,
  ],
}
