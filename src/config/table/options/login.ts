/**
 * The part of the option table about browsers: how people sign in, and how long they stay signed in.
 */
import { boolean, duration, file, listOf, type Option, oneOf, string, url } from '../option.ts'

const DAY_MS = 86_400_000

export const LOGIN_OPTIONS: readonly Option[] = [
  {
    path: 'publicUrl',
    type: url,
    example: 'https://app.example.com',
    doc: 'The origin that browsers see. Needed for sign-in, and never taken from the `Host` header; plain `http` only on loopback.',
  },
  {
    path: 'login.domain',
    type: url,
    example: 'https://auth.example.com',
    doc: 'The domain of the user pool where people sign in (managed login or the classic hosted UI). Turns browser sign-in on.',
  },
  {
    path: 'login.clientId',
    type: string,
    example: '7h57kf5cf8b6sl9rexample',
    doc: "The app client people sign in with, one of a user pool's `clientIds`; `publicUrl` + `/_cogate/callback` must be one of its callback URLs.",
  },
  {
    path: 'login.clientSecret',
    type: string,
    secret: true,
    example: 'the secret of the app client',
    doc: 'The secret of the app client, if it has one.',
  },
  {
    path: 'login.scopes',
    type: listOf(string, 1),
    default: ['openid', 'email'],
    doc: 'Scopes that are asked for; `openid` must be one of them.',
  },
  {
    path: 'login.identityProvider',
    type: string,
    example: 'Google',
    doc: 'Go straight to this identity provider of the pool, without a choice.',
  },
  {
    path: 'login.idpIdentifier',
    type: string,
    example: 'corp.example.com',
    doc: 'As `login.identityProvider`, by an identifier of the provider such as its mail domain.',
  },
  {
    path: 'login.prompt',
    type: oneOf('login', 'select_account', 'consent'),
    example: 'select_account',
    doc: 'Sent to the sign-in page as `prompt`: `login` asks for the password even where the browser is still signed in at Cognito.',
  },
  {
    path: 'login.maxAge',
    type: duration(0),
    example: '1h',
    doc: 'Ask for the password again when the sign-in at Cognito is older than this (`max_age`, and `prompt=login` where the pool takes no notice of it).',
  },
  {
    path: 'login.lang',
    type: string,
    example: 'ja',
    doc: 'Language of the sign-in page of Cognito; default: what the page takes from the browser.',
  },
  {
    path: 'login.forwardParams',
    type: listOf(oneOf('login_hint', 'lang', 'identity_provider', 'idp_identifier', 'prompt')),
    default: ['login_hint', 'lang'],
    doc: 'Query parameters of `/_cogate/login` that go on to the sign-in page.',
  },
  {
    path: 'login.stateMaxAge',
    type: duration(60_000, DAY_MS),
    default: '1h',
    doc: 'How long a person may take to sign in; after it the sign-in starts again by itself.',
  },
  {
    path: 'login.refresh.timeout',
    type: duration(100),
    default: '5s',
    doc: 'Time for one request to the token endpoint.',
  },
  {
    path: 'login.refresh.ahead',
    type: duration(0),
    default: '1m',
    doc: 'Tokens are refreshed this long before they expire, but not earlier than after 80 % of their life.',
  },
  {
    path: 'login.logout.cognito',
    type: boolean,
    default: true,
    doc: 'Sign-out ends the session at Cognito too. Without it the next sign-in asks for no password.',
  },
  {
    path: 'login.logout.revoke',
    type: boolean,
    default: true,
    doc: 'Sign-out revokes the refresh token at Cognito.',
  },
  {
    path: 'login.logout.on',
    type: listOf(string),
    default: [],
    example: ['/app/logout'],
    doc: "Paths of the service's own sign-out, behind a rule that is not public; a GET or POST there ends the session of cogate too.",
  },
  {
    path: 'login.logout.clearSiteData',
    type: listOf(oneOf('cache', 'cookies', 'storage')),
    default: [],
    doc: 'What the browser clears at sign-out (`Clear-Site-Data`).',
  },
  {
    path: 'login.pages.dir',
    type: file,
    example: '/etc/cogate/pages',
    doc: 'Folder with a `page.html` that replaces the template of the pages, a `page.css`, or both. Read again when they change.',
  },
  {
    path: 'login.pages.languages',
    type: listOf(oneOf('en', 'ja'), 1),
    default: ['en', 'ja'],
    doc: 'Languages of the pages; the first is shown to a browser that asks for none of them.',
  },
  {
    path: 'session.secrets',
    type: listOf(string, 1),
    secret: true,
    example: ['a random text of 32 characters or more'],
    doc: 'Secrets that seal the session cookies, 32 characters or more each. The first one seals, all of them open: put a new one first to rotate without a sign-out.',
  },
  {
    path: 'session.store',
    type: oneOf('cookie', 'redis'),
    default: 'cookie',
    doc: 'Where sessions live: in a sealed cookie, or in Redis or Valkey, where the cookie holds only what opens the session.',
  },
  {
    path: 'session.redis.url',
    type: string,
    secret: true,
    example: 'rediss://cogate:password@redis.internal:6379/0',
    doc: 'Address of Redis or Valkey for `session.store: redis`; `rediss:` is TLS. User, password and database may be part of it.',
  },
  {
    path: 'session.redis.caFile',
    type: file,
    example: '/etc/cogate/redis-ca.crt',
    doc: 'PEM certificates that the one of Redis is checked with, for `rediss:`; default: the well-known authorities.',
  },
  {
    path: 'session.redis.prefix',
    type: string,
    default: 'cogate:',
    doc: 'Every key in Redis begins with it. Two gates whose sessions are not to be shared need two prefixes.',
  },
  {
    path: 'session.cookieName',
    type: string,
    default: 'cogate',
    doc: 'Name of the session cookie, behind `__Host-`. Two gates on one host need two names.',
  },
  {
    path: 'session.sameSite',
    type: oneOf('lax', 'none'),
    default: 'lax',
    doc: '`none` lets pages of other sites show this one in a frame, where the browser sends cookies there (docs/login.md).',
  },
  {
    path: 'session.remember',
    type: boolean,
    default: true,
    doc: 'The session outlives the browser; `false` ends it when the browser is closed.',
  },
  {
    path: 'session.idle',
    type: duration(60_000),
    default: '12h',
    doc: 'A session that is not used for this long ends.',
  },
  {
    path: 'session.absolute',
    type: duration(60_000),
    default: '168h',
    doc: 'A session ends after this time, however much it is used.',
  },
  {
    path: 'session.allowedOrigins',
    type: listOf(string),
    default: [],
    example: ['https://admin.example.com'],
    doc: 'Further origins whose pages may send unsafe requests with the session cookie; default: the `publicUrl` alone.',
  },
  {
    path: 'session.claims',
    type: listOf(string),
    default: ['email', 'email_verified', 'name', 'preferred_username'],
    doc: 'Claims of the ID token that the session keeps for the identity headers.',
  },
]
