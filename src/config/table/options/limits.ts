/**
 * The part of the option table about limits: how much one caller, and all callers together, may ask of cogate.
 */
import {
  count,
  countOrNone,
  duration,
  durationOrNone,
  type Option,
  oneOf,
  rate,
  size,
  sizeOrNone,
  string,
} from '../option.ts'

const KIB = 1024
const MIB = 1024 ** 2
const GIB = 1024 ** 3

export const LIMIT_OPTIONS: readonly Option[] = [
  {
    path: 'limits.token',
    type: size(64, MIB),
    default: '8KiB',
    doc: 'Longest token that is read; a longer one is 401 `token_too_large`.',
  },
  {
    path: 'limits.headers',
    type: size(KIB, MIB),
    default: '32KiB',
    doc: 'Request line and headers together at most; beyond it 431 `headers_too_large`.',
  },
  {
    path: 'limits.headerCount',
    type: count(10_000),
    default: 200,
    doc: 'Header lines at most; beyond it 431 `headers_too_large`.',
  },
  {
    path: 'limits.url',
    type: size(64, MIB),
    default: '8KiB',
    doc: 'Longest request target; a longer one is 414 `url_too_long`.',
  },
  {
    path: 'limits.body',
    type: sizeOrNone(0, 1024 * GIB),
    default: 'none',
    doc: 'Largest request body; a larger one is 413 `request_too_large`. `none` leaves the limit to the upstream.',
  },
  {
    path: 'limits.requestTimeout',
    type: duration(),
    default: '5m',
    doc: 'Time for a caller to send the head of a request, and the rest of a body whose request is answered already. `limits.bodyIdle` and `limits.bodyRate` bound every other body.',
  },
  {
    path: 'limits.headersTimeout',
    type: duration(),
    default: '15s',
    doc: 'Time for a caller to send the headers; not above `limits.requestTimeout`.',
  },
  {
    path: 'limits.bodyIdle',
    type: duration(),
    default: '30s',
    doc: 'Time without a byte of a body that cogate waits for; then 408 `request_timeout`. Pauses of the service do not count.',
  },
  {
    path: 'limits.bodyRate',
    type: sizeOrNone(1, GIB),
    default: '1KiB',
    doc: 'Bytes of a body in a second at least, on the average of each 30 seconds; fewer are 408 `request_timeout`. `none` turns this off.',
  },
  {
    path: 'limits.bodyTimeout',
    type: durationOrNone(1),
    default: 'none',
    doc: 'Time for a caller to send a whole body, however well it moves; then 408 `request_timeout`.',
  },
  {
    path: 'limits.keepAlive',
    type: duration(),
    default: '75s',
    doc: 'Time an idle connection of a caller stays open; keep it above that of the load balancer in front (60s for an AWS ALB).',
  },
  {
    path: 'limits.connections',
    type: countOrNone(),
    default: 'none',
    doc: 'Open connections of callers at most; further ones are closed at once. Several workers share them equally.',
  },
  {
    path: 'limits.eventLoopDelay',
    type: durationOrNone(10),
    default: '1s',
    doc: 'How late the event loop may be, twice in a row, before new requests are refused at once as 503 `overloaded`; `none` turns this off.',
  },
  {
    path: 'rateLimit.perSubject',
    type: rate,
    example: '50/s',
    doc: 'Requests of one verified caller (user or machine) at most; a further one is 429 `rate_limited`. Each worker counts for itself, unless `rateLimit.store` is `redis`.',
  },
  {
    path: 'rateLimit.perAddress',
    type: rate,
    example: '100/s',
    doc: 'Requests of one client address (of IPv6: one /64 network) at most, counted before any token is read; a further one is 429 `rate_limited`. Behind a proxy, list it in `forwarded.trust`, or all its callers are one.',
  },
  {
    path: 'rateLimit.burst',
    type: count(1_000_000),
    example: 100,
    doc: 'Requests that may come at once; default: as many as the rate allows in its second, minute or hour.',
  },
  {
    path: 'rateLimit.store',
    type: oneOf('process', 'redis'),
    default: 'process',
    doc: 'Who counts: each process for itself, or all that share the Redis or Valkey of `redis.url`. While that is away, each process counts for itself.',
  },
  {
    path: 'rateLimit.redis.prefix',
    type: string,
    default: 'cogate:',
    doc: 'The keys of the counts in Redis begin with it. Gates with the same one count together.',
  },
  {
    path: 'rateLimit.redis.timeout',
    type: duration(1, 1000),
    default: '10ms',
    doc: 'How long a request waits for Redis at most; then the process counts for itself. At most 1s.',
  },
]
