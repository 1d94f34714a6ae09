/**
 * Which keys of the configuration count in the library. All others are refused by name, so a new key is refused until somebody
 * has thought about it.
 */

/** A key stands for all keys below it. */
const countingKeys: readonly string[] = [
  'userPools',
  'jwks',
  'tokenCache',
  'clockTolerance',
  'credentials',
  'publicUrl',
  'session.allowedOrigins',
  'auth.realm',
  'routes',
  'paths',
  'identityHeaders',
  'forwarded.trust',
  'limits.token',
  'limits.headerCount',
  'limits.url',
  'rateLimit.perSubject',
  'rateLimit.perAddress',
  'rateLimit.burst',
  'cors',
  'log.access',
  'log.subject',
]

/** Kinds of `auth` that a plugin has: a sign-in needs endpoints. */
export const countingAuth: ReadonlySet<unknown> = new Set(['required', 'none', 'optional'])

/** What does it in the place of the plugin, by the beginning of the key. */
const elsewhere: readonly (readonly [key: string, expected: string])[] = [
  ['limits.eventLoopDelay', 'no such key in the library: @fastify/under-pressure sheds load in an application'],
  ['limits', 'no such key in the library: the options of Fastify and of its server set the limits of an application'],
  ['listen', 'no such key in the library: the application listens'],
  ['tls', 'no such key in the library: the application listens'],
  [
    'ops',
    'no such key in the library: app.cogate.metrics() and app.cogate.readiness() are there for routes of your own',
  ],
  ['upstream', 'no such key in the library: the application answers, or forwards with @fastify/http-proxy'],
  ['forwarded', 'no such key in the library: the application forwards'],
  ['workers', 'no such key in the library: the process is that of the application'],
  ['drain', 'no such key in the library: the process is that of the application'],
  ['log', 'no such key in the library: the log is that of the application'],
]

const ofTheGate = 'no such key in the library: only the gate, which runs by itself, has it'

/** `key` is without indexes: `routes.auth`. Undefined: the key counts, or holds keys that count. */
export function refuseKey(key: string, value: unknown): string | undefined {
  if (key === 'routes.auth' && value === 'login') {
    return 'required, none or optional: a plugin has no sign-in, which needs endpoints of its own'
  }
  if (key.startsWith('credentials.sources') && [value].flat().some((source) => /^insecureQuery/.test(String(source)))) {
    return 'no insecureQuery in the library: the log of the application has the target before the plugin sees it'
  }
  if (/^routes\.(?:upstream|stripPrefix|addPrefix)$/.test(key))
    return 'no such key in the library: the application forwards'
  if (countingKeys.some((known) => isWithin(key, known) || isWithin(known, key))) return undefined
  return elsewhere.find(([known]) => isWithin(key, known))?.[1] ?? ofTheGate
}

function isWithin(key: string, holder: string): boolean {
  return key === holder || key.startsWith(`${holder}.`)
}
