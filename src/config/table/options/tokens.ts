/**
 * The part of the option table about tokens: user pools, keys, the token cache, clocks.
 */
import { boolean, count, duration, file, listOf, type Option, objects, oneOf, size, string, url } from '../option.ts'

const KIB = 1024
const GIB = 1024 ** 3

/** Variables and flags called `USER_POOL` set fields of the only user pool. */
const onlyItem = 'userPool'

export const TOKEN_OPTIONS: readonly Option[] = [
  {
    path: 'userPools',
    type: objects,
    required: true,
    doc: 'The user pools whose tokens are accepted; at least one. A token of any other pool is refused.',
  },
  {
    path: 'userPools[].id',
    onlyItem,
    type: string,
    required: true,
    example: 'ap-northeast-1_AbCdEfGhI',
    doc: 'The user pool id, as the AWS console shows it; not the ARN, not an identity pool.',
  },
  {
    path: 'userPools[].clientIds',
    onlyItem,
    alias: 'clientId',
    type: listOf(string),
    default: [],
    inSample: true,
    example: ['7h57kf5cf8b6sl9rexample'],
    doc: 'App clients whose tokens are accepted. Anyone who may create an app client in the pool could otherwise mint tokens for this service.',
  },
  {
    path: 'userPools[].insecureAnyClient',
    onlyItem,
    type: boolean,
    default: false,
    mayBeEmpty: true,
    doc: 'Accept tokens of every app client of the pool, instead of listing `clientIds`.',
  },
  {
    path: 'userPools[].tokenUse',
    onlyItem,
    type: listOf(oneOf('access', 'id'), 1),
    default: ['access'],
    doc: 'Which tokens are accepted: `access`, `id` or both. ID tokens are meant for the app that signed the user in and carry no scopes.',
  },
  {
    path: 'userPools[].audience',
    onlyItem,
    type: listOf(string),
    default: [],
    doc: 'Accepted `aud` of access tokens that are bound to a resource; a token that carries another `aud` is refused; one without `aud`, or with nothing but its own app client there, is not affected.',
  },
  {
    path: 'userPools[].issuer',
    onlyItem,
    type: url,
    noHint: 'the iss of a token of this user pool, exactly as it is',
    example: 'http://localhost:9229/ap-northeast-1_AbCdEfGhI',
    doc: 'The exact `iss` of the tokens, for emulators and partitions with names of their own; default: both issuer forms of the pool. Plain `http` only where its keys come from `jwksFile`, `jwksUri` or loopback.',
  },
  {
    path: 'userPools[].additionalRegions',
    onlyItem,
    type: listOf(string),
    default: [],
    mayBeEmpty: true,
    doc: 'Replica regions of a multi-Region user pool, whose issuers are accepted too.',
  },
  {
    path: 'userPools[].jwksUri',
    onlyItem,
    type: url,
    example: 'https://keys.example.com/ap-northeast-1_AbCdEfGhI/jwks.json',
    doc: 'Where the key set is fetched instead of from the issuer; whoever answers there can forge tokens, so plain `http` only on loopback.',
  },
  {
    path: 'userPools[].insecureHttpKeys',
    onlyItem,
    type: boolean,
    default: false,
    mayBeEmpty: true,
    doc: 'Fetch keys over plain `http` from other hosts too, for emulators in a network of their own: whoever answers there can forge tokens.',
  },
  {
    path: 'userPools[].jwksFile',
    onlyItem,
    type: file,
    example: '/etc/cogate/jwks.json',
    doc: 'Key set pinned in a file; nothing is fetched. Replaces `jwksUri`.',
  },
  {
    path: 'jwks.refreshInterval',
    type: duration(),
    default: '1h',
    doc: 'Time between two fetches of the key set; a key withdrawn by the issuer is trusted no longer than this.',
  },
  {
    path: 'jwks.cooldown',
    type: duration(),
    default: '10s',
    doc: 'Least time between two fetches that unknown key ids cause, so that made-up tokens cannot flood the issuer with requests.',
  },
  {
    path: 'jwks.maxStale',
    type: duration(),
    default: '24h',
    doc: 'Age until which the last good key set is used while the issuer cannot be reached; then 503 `keys_unavailable`.',
  },
  {
    path: 'jwks.timeout',
    type: duration(),
    default: '3s',
    mayBeEmpty: true,
    doc: 'Time for one fetch of the key set.',
  },
  {
    path: 'jwks.snapshotFile',
    type: file,
    example: '/var/lib/cogate/jwks.json',
    mayBeEmpty: true,
    doc: 'File in which the last good key set is kept for a start without the issuer; whoever can write it can forge tokens.',
  },
  {
    path: 'tokenCache.maxEntries',
    type: count(),
    default: 20_000,
    mayBeEmpty: true,
    doc: 'Verified tokens remembered at most, in each worker; the least recently used goes first.',
  },
  {
    path: 'tokenCache.maxBytes',
    type: size(KIB, 64 * GIB),
    default: '64MiB',
    mayBeEmpty: true,
    doc: 'Memory for verified tokens at most, in each worker: each with its claims and identity headers, about 3 KiB for a usual token; the least recently used goes first.',
  },
  {
    path: 'tokenCache.maxAge',
    type: duration(),
    default: '1h',
    doc: 'A remembered token is verified again after this time, and always at its own expiry.',
  },
  {
    path: 'clockTolerance',
    type: duration(0, 600_000),
    default: '0s',
    mayBeEmpty: true,
    doc: 'How far clocks may differ when `exp` and `nbf` are compared; an expired token lives this much longer. At most 10m.',
  },
  {
    path: 'auth.endStreamsAtExpiry',
    type: boolean,
    default: false,
    doc: 'End answers that outlive the token of their request, such as server-sent events. Off, because a long download would be cut too. WebSockets always end with their token.',
  },
]
