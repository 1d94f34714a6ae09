/**
 * The part of the option table about the service behind the gate, and about further services: each has the same keys.
 */
import { TOLERABLE } from '../../config.ts'
import {
  boolean,
  count,
  duration,
  durationOrAutoOrNone,
  file,
  listOf,
  map,
  type Option,
  objects,
  oneOf,
  string,
} from '../option.ts'

const SERVICE_OPTIONS: readonly Option[] = [
  {
    path: 'upstream.url',
    alias: 'upstream',
    type: { kind: 'upstream' },
    default: 'http://127.0.0.1:8080',
    mayBeEmpty: true,
    doc: 'Where requests that pass are sent (`http`, `https` or `unix:/path`, no path of its own); whoever can reach it without cogate is not checked, so let it listen on loopback only.',
  },
  {
    path: 'upstream.connectTimeout',
    type: duration(),
    default: '5s',
    mayBeEmpty: true,
    doc: 'Time to open a connection to the upstream, TLS handshake included; then 504 `upstream_timeout`.',
  },
  {
    path: 'upstream.responseTimeout',
    type: duration(),
    default: '30s',
    mayBeEmpty: true,
    doc: 'Time until the head of the response; then 504 `upstream_timeout`. Streams are cut by `idleTimeout` only.',
  },
  {
    path: 'upstream.idleTimeout',
    type: duration(),
    default: '5m',
    mayBeEmpty: true,
    doc: 'Time without a byte in either direction before an exchange or a WebSocket is cut.',
  },
  {
    path: 'upstream.maxConnections',
    type: count(65_535),
    default: 256,
    doc: 'Connections to the upstream at most; requests beyond it wait. Several workers share them equally.',
  },
  {
    path: 'upstream.maxWaiting',
    type: count(65_535, 0),
    default: 1024,
    doc: 'Requests that wait for a connection at most; a further one is 503 `overloaded` at once. Several workers share them equally.',
  },
  {
    path: 'upstream.waitTimeout',
    type: duration(),
    default: '5s',
    mayBeEmpty: true,
    doc: 'Time a request waits until a connection is free or being opened; then 503 `overloaded`.',
  },
  {
    path: 'upstream.keepAlive',
    type: durationOrAutoOrNone(1),
    default: 'auto',
    doc: 'Time an idle connection to the upstream is kept. `auto` learns from the upstream, and sends what may not be sent twice only on connections that it certainly keeps; `none` opens a connection for every request.',
  },
  {
    path: 'upstream.preserveHost',
    type: boolean,
    default: true,
    mayBeEmpty: true,
    doc: "Send the caller's `Host` to the upstream; `false` sends the host of `upstream.url`.",
  },
  {
    path: 'upstream.headers',
    type: map,
    secret: true,
    example: { 'X-Environment': 'production' },
    doc: 'Headers that the service gets with every request, by name. They replace what the caller sends under these names: with `Authorization` here the token does not reach the service.',
  },
  {
    path: 'upstream.headerFiles',
    type: map,
    example: { Authorization: '/run/secrets/upstream-authorization' },
    noHint: 'a mapping from header names to files that hold one line each',
    doc: 'As `upstream.headers`; each value is in a file of its own, which holds it on one line. Read again when the file changes.',
  },
  {
    path: 'upstream.tolerate',
    type: listOf(oneOf(...TOLERABLE)),
    default: [],
    example: ['bareLineFeed'],
    doc: 'Faults in answers of the upstream that are mended and passed on, where they are 502 by default: `bareLineFeed` (lines of a head that end without CR), `equalContentLengths`, `identityEncoding` (`Transfer-Encoding: identity`), `statusAbove599` (600 to 999).',
  },
  {
    path: 'upstream.rewriteLocation',
    type: oneOf('auto', 'off'),
    default: 'auto',
    doc: "`auto` rewrites redirects that name the service's own address (`Location`, `Content-Location`) to the address the caller used, and `Destination` of WebDAV the other way round; other hosts are never touched. `off` passes all as they are.",
  },
  {
    path: 'upstream.webSocket',
    type: oneOf('tunnel', 'relay'),
    default: 'tunnel',
    doc: '`tunnel` passes the bytes of a WebSocket untouched; `relay` speaks WebSocket with both sides, so that only valid messages, of 16 MiB at most, reach the upstream.',
  },
  {
    path: 'upstream.tls.caFile',
    type: file,
    example: '/etc/cogate/upstream-ca.pem',
    doc: "PEM bundle that replaces the system's certificate authorities for the upstream.",
  },
  {
    path: 'upstream.tls.certFile',
    type: file,
    example: '/etc/cogate/client.pem',
    doc: 'PEM client certificate shown to the upstream; needs `upstream.tls.keyFile`.',
  },
  {
    path: 'upstream.tls.keyFile',
    type: file,
    example: '/etc/cogate/client-key.pem',
    doc: 'PEM private key of `upstream.tls.certFile`, not encrypted.',
  },
  {
    path: 'upstream.tls.serverName',
    type: string,
    example: 'app.internal.example',
    doc: "Name that the upstream's certificate must carry, when it is not the host of `upstream.url`.",
  },
  {
    path: 'upstream.tls.insecureSkipVerify',
    type: boolean,
    default: false,
    mayBeEmpty: true,
    doc: "Accept any certificate from the upstream: whoever is on the way reads every caller's token.",
  },
]

const FURTHER_OPTIONS: readonly Option[] = [
  {
    path: 'upstreams',
    type: objects,
    default: [],
    doc: 'Further services, for rules that name one; every other request goes to `upstream`.',
  },
  {
    path: 'upstreams[].name',
    type: string,
    required: true,
    example: 'reports',
    doc: 'What rules, metrics and log lines call it: lower-case letters, digits and `-`.',
  },
  ...SERVICE_OPTIONS.map(furtherOption),
]

function furtherOption({ alias: _, mayBeEmpty: __, ...option }: Option): Option {
  const path = option.path.replace('upstream.', 'upstreams[].')
  const doc = `As \`${option.path}\`.`
  if (option.path !== 'upstream.url') return { ...option, path, doc }
  const { default: ___, ...rest } = option
  return { ...rest, path, doc, required: true, example: 'http://127.0.0.1:9000' }
}

export const UPSTREAM_OPTIONS: readonly Option[] = [...SERVICE_OPTIONS, ...FURTHER_OPTIONS]
