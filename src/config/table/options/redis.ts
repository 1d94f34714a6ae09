/**
 * The part of the option table about what replicas share: revoked tokens, and the Redis or Valkey for them and for others.
 */
import { duration, file, type Option, oneOf, string } from '../option.ts'

const caDoc =
  'PEM certificates that the one of Redis is checked with, for `rediss:`; default: the well-known authorities.'

export const REVOCATION_OPTIONS: readonly Option[] = [
  {
    path: 'revocation.file',
    type: file,
    example: '/etc/cogate/revoked.jsonl',
    doc: 'Tokens that are refused although they verify, one JSON object a line, as `cogate revoke` writes them. Read again when it changes.',
  },
  {
    path: 'revocation.redis.url',
    type: string,
    secret: true,
    example: 'rediss://redis.internal:6379/0',
    doc: 'Address of the Redis or Valkey that holds a list of revoked tokens for all replicas; default: `redis.url`. Entries of the file count as well.',
  },
  { path: 'revocation.redis.caFile', type: file, example: '/etc/cogate/redis-ca.crt', doc: caDoc },
  {
    path: 'revocation.redis.prefix',
    type: string,
    default: 'cogate:',
    doc: 'The keys and the channel of the list begin with it. Gates with the same one share a list.',
  },
  {
    path: 'revocation.onStoreFailure',
    type: oneOf('allow', 'deny'),
    default: 'allow',
    doc: 'While Redis is away: `allow` goes on with the list as it was; `deny` answers requests with a token with 503 `revocation_unavailable` once the list is older than `revocation.maxLag`, or was never read.',
  },
  {
    path: 'revocation.maxLag',
    type: duration(10_000),
    default: '30s',
    doc: 'How old the list in Redis may be for `revocation.onStoreFailure: deny`. It is asked for every 5 seconds.',
  },
]

export const REDIS_OPTIONS: readonly Option[] = [
  {
    path: 'redis.url',
    type: string,
    secret: true,
    example: 'rediss://redis.internal:6379/0',
    doc: 'Address of Redis or Valkey for what has none of its own; `rediss:` is TLS. User, password and database may be part of it. It turns a shared list of revoked tokens on.',
  },
  { path: 'redis.caFile', type: file, example: '/etc/cogate/redis-ca.crt', doc: caDoc },
  {
    path: 'redis.usernameFile',
    type: file,
    example: '/run/secrets/redis-username',
    doc: 'File with the user of Redis, one line. Read again for each connection.',
  },
  {
    path: 'redis.passwordFile',
    type: file,
    example: '/run/secrets/redis-password',
    doc: 'File with the password of Redis, one line. Read again for each connection, so that it can be changed without a restart.',
  },
]
