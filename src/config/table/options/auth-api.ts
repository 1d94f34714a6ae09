/**
 * The part of the option table about the JSON auth API: which operations exist, and what they may do.
 */
import { AUTH_OPERATIONS } from '../../auth-api.ts'
import { boolean, duration, listOf, type Option, oneOf, rate, string, url } from '../option.ts'

export const AUTH_API_OPTIONS: readonly Option[] = [
  {
    path: 'authApi.enabled',
    type: boolean,
    example: false,
    doc: 'The value `false` turns the whole API off, whatever is listed; default: on when operations are listed.',
  },
  {
    path: 'authApi.operations',
    type: listOf(oneOf(...AUTH_OPERATIONS)),
    default: [],
    example: ['signIn', 'challenge', 'signOut', 'session'],
    doc: 'The operations that exist; each is `POST /_cogate/auth/` and its path. What is not listed is 404.',
  },
  {
    path: 'authApi.mode',
    type: oneOf('cookie', 'tokens'),
    default: 'cookie',
    doc: 'With `cookie` a sign-in begins a session of cogate, and no page sees a token; with `tokens` the answer holds the tokens.',
  },
  {
    path: 'authApi.flow',
    type: oneOf('password', 'choice'),
    default: 'password',
    doc: 'What a sign-in begins: `password` is `USER_PASSWORD_AUTH`, `choice` is `USER_AUTH`. The app client must allow it.',
  },
  {
    path: 'authApi.reveal',
    type: boolean,
    default: false,
    doc: 'Answers may say whether a user exists, is confirmed, or needs a new password.',
  },
  {
    path: 'authApi.allowedOrigins',
    type: listOf(string),
    default: [],
    example: ['https://www.example.com'],
    doc: 'Further origins whose pages may call the API; default: the `publicUrl` alone.',
  },
  {
    path: 'authApi.endpoint',
    type: url,
    example: 'https://cognito-idp.eu-west-1.amazonaws.com',
    doc: "Where Cognito's API is; default: the endpoint of the pool's region. For FIPS, a VPC endpoint or an emulator.",
  },
  {
    path: 'authApi.identityPool',
    type: string,
    example: 'eu-west-1:7d1c3e56-2f0a-4d0e-9c1b-8e2f6a5b4c3d',
    doc: 'The identity pool that `awsCredentials` gets credentials from.',
  },
  {
    path: 'authApi.identityEndpoint',
    type: url,
    example: 'https://cognito-identity.eu-west-1.amazonaws.com',
    doc: 'Where the API of identity pools is; default: the endpoint of the region of the identity pool.',
  },
  {
    path: 'authApi.signInPage',
    type: string,
    example: '/sign-in.html',
    doc: 'The page that `auth: login` sends people to, with `?returnTo=`, where there is no `login.domain`. It must be public.',
  },
  {
    path: 'authApi.totpIssuer',
    type: string,
    example: 'Example',
    doc: 'What authenticator apps call this site; default: the host of `publicUrl`.',
  },
  {
    path: 'authApi.minTime',
    type: duration(0, 10_000),
    default: '400ms',
    doc: 'Answers that could tell who exists take this long, or a multiple of it.',
  },
  {
    path: 'authApi.limits.perAddress',
    type: rate,
    default: '20/m',
    doc: 'Calls of one client address (of IPv6: one /64 network) at most, sign-ups and codes among them.',
  },
  {
    path: 'authApi.limits.signUp',
    type: rate,
    default: '5/h',
    doc: 'Sign-ups of one client address at most. Each may cost a message.',
  },
  {
    path: 'authApi.limits.codes',
    type: rate,
    default: '3/h',
    doc: 'Codes that are sent to one user name at most, whether the user exists or not.',
  },
]
