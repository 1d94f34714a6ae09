/** The API that tokens are for, and who may ask for them: cogate for people, and machines. */
import { Duration } from 'aws-cdk-lib'
import * as cognito from 'aws-cdk-lib/aws-cognito'
import type { Settings } from './settings.ts'

export interface Clients {
  readonly web: cognito.UserPoolClient
  readonly machine: cognito.UserPoolClient
}

export function addClients(userPool: cognito.UserPool, { appHost }: Settings): Clients {
  const read = new cognito.ResourceServerScope({ scopeName: 'read', scopeDescription: 'Reads' })
  const write = new cognito.ResourceServerScope({ scopeName: 'write', scopeDescription: 'Writes' })
  const api = userPool.addResourceServer('Api', {
    identifier: `https://${appHost}`,
    userPoolResourceServerName: 'api',
    scopes: [read, write],
  })
  const common = { preventUserExistenceErrors: true, enableTokenRevocation: true, generateSecret: true }
  const web = userPool.addClient('Web', {
    ...common,
    // Cognito's own pages sign in; no app does it with a password.
    authFlows: {},
    oAuth: {
      flows: { authorizationCodeGrant: true },
      scopes: [cognito.OAuthScope.OPENID, cognito.OAuthScope.EMAIL, cognito.OAuthScope.resourceServer(api, read)],
      // The addresses of cogate: docs/login.md.
      callbackUrls: [`https://${appHost}/_cogate/callback`],
      logoutUrls: [`https://${appHost}/_cogate/logged-out`],
    },
    supportedIdentityProviders: [cognito.UserPoolClientIdentityProvider.COGNITO],
    accessTokenValidity: Duration.minutes(30),
    idTokenValidity: Duration.minutes(30),
    refreshTokenValidity: Duration.days(7),
    refreshTokenRotationGracePeriod: Duration.seconds(30),
    readAttributes: new cognito.ClientAttributes()
      .withStandardAttributes({ email: true, emailVerified: true, fullname: true })
      .withCustomAttributes('tenant'),
    // Nobody sets the own tenant.
    writeAttributes: new cognito.ClientAttributes().withStandardAttributes({ email: true, fullname: true }),
  })
  const machine = userPool.addClient('Machine', {
    ...common,
    authFlows: {},
    oAuth: {
      flows: { clientCredentials: true },
      scopes: [cognito.OAuthScope.resourceServer(api, read), cognito.OAuthScope.resourceServer(api, write)],
    },
    accessTokenValidity: Duration.hours(1),
  })
  return { web, machine }
}
