/**
 * The part of the option table about running cogate: processes, shutdown and logging.
 */
import { boolean, countOrAuto, duration, file, type Option, oneOf, share, string, url } from '../option.ts'

/** More than a machine needs: each worker is a process. */
const MAX_WORKERS = 64

export const OPERATION_OPTIONS: readonly Option[] = [
  {
    path: 'workers',
    type: countOrAuto(MAX_WORKERS),
    default: 1,
    mayBeEmpty: true,
    doc: 'Processes that serve, each with keys and a token cache of its own; `auto` is one for each processor this process may use.',
  },
  {
    path: 'reload.watch',
    type: boolean,
    default: true,
    doc: 'Load the configuration again when one of its files changes. SIGHUP always does.',
  },
  {
    path: 'drain.delay',
    type: duration(0),
    default: '5s',
    mayBeEmpty: true,
    doc: 'After SIGTERM: time in which `/readyz` is 503 and requests are still served, so that load balancers notice.',
  },
  {
    path: 'drain.timeout',
    type: duration(0),
    default: '20s',
    mayBeEmpty: true,
    doc: 'After the delay: time for open requests to end; keep `delay` + `timeout` below `terminationGracePeriodSeconds`.',
  },
  {
    path: 'activeUsers.secret',
    type: string,
    secret: true,
    example: 'a random text of 32 characters or more',
    doc: 'What subjects are hashed with before they are counted; the same for all replicas. With another one the month is counted anew. Default: a constant, with which somebody who has the sketches and a `sub` could look whether it is among few users.',
  },
  {
    path: 'activeUsers.file',
    type: file,
    example: '/var/lib/cogate/active-users.json',
    doc: 'Keeps the estimates of active users over a restart: sketches of hashes, no subject. Written each minute and at the end. Each replica needs its own.',
  },
  {
    path: 'tracing.endpoint',
    type: url,
    example: 'http://127.0.0.1:4318',
    doc: 'Where spans are sent over OTLP/HTTP, as JSON; without a path `/v1/traces` is added. Turns tracing on.',
  },
  {
    path: 'tracing.sampleRatio',
    type: share,
    default: 0.1,
    mayBeEmpty: true,
    doc: 'Share of the requests without a `traceparent` that are traced. With one, its flag decides.',
  },
  {
    path: 'log.level',
    type: oneOf('trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'),
    default: 'info',
    mayBeEmpty: true,
    doc: 'Least severe log line that is written; no level writes a token.',
  },
  { path: 'log.access', type: boolean, default: true, mayBeEmpty: true, doc: 'Write one line a request.' },
  {
    path: 'log.subject',
    type: oneOf('hashed', 'plain', 'none'),
    default: 'hashed',
    doc: "How the access line names the caller's `sub`; `plain` writes personal data into the log.",
  },
  {
    path: 'log.subjectSecret',
    type: string,
    secret: true,
    example: 'a random text of 32 characters or more',
    doc: 'Makes the hash of `sub` a keyed one (HMAC-SHA-256), so that nobody can compute it from a `sub` without this text. The same for all replicas.',
  },
  {
    path: 'log.audit',
    type: string,
    default: 'none',
    example: '/var/log/cogate/audit.log',
    doc: 'Write one line of the audit log for each request: `none`, `stdout`, or the path of a file, which SIGUSR2 opens again. `log.subject` says how it names the caller.',
  },
]
