/**
 * The part of the option table about connections: listeners, TLS, the upstream.
 */
import { boolean, count, duration, file, map, type Option, oneOf, string } from './option.ts'

export const NETWORK_OPTIONS: readonly Option[] = [
  {
    path: 'listen',
    type: { kind: 'address' },
    default: '0.0.0.0:8181',
    doc: 'Address of the traffic listener; port 0 lets the system choose, an empty host means every IPv4 interface.',
  },
  {
    path: 'ops.listen',
    type: { kind: 'address' },
    default: '0.0.0.0:9464',
    doc: 'Address of `/livez`, `/readyz` and `/metrics`; never the traffic port, so that no caller reaches them.',
  },
  {
    path: 'tls.certFile',
    type: file,
    example: '/etc/cogate/tls.crt',
    doc: 'PEM certificate chain of the traffic listener; with `tls.keyFile` it speaks TLS. Read again when the file changes.',
  },
  {
    path: 'tls.keyFile',
    type: file,
    example: '/etc/cogate/tls.key',
    doc: 'PEM private key of `tls.certFile`, not encrypted.',
  },
  {
    path: 'tls.clientCaFile',
    type: file,
    example: '/etc/cogate/client-ca.pem',
    doc: 'PEM bundle; when set, only callers whose client certificate it signed may connect.',
  },
  {
    path: 'upstream.url',
    alias: 'upstream',
    type: { kind: 'upstream' },
    default: 'http://127.0.0.1:8080',
    doc: 'Where requests that pass are sent (`http`, `https` or `unix:/path`, no path of its own); whoever can reach it without cogate is not checked, so let it listen on loopback only.',
  },
  {
    path: 'upstream.connectTimeout',
    type: duration(),
    default: '5s',
    doc: 'Time to open a connection to the upstream, TLS handshake included; then 504 `upstream_timeout`.',
  },
  {
    path: 'upstream.responseTimeout',
    type: duration(),
    default: '30s',
    doc: 'Time until the head of the response; then 504 `upstream_timeout`. Streams are cut by `idleTimeout` only.',
  },
  {
    path: 'upstream.idleTimeout',
    type: duration(),
    default: '5m',
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
    doc: 'Time a request waits until a connection is free or being opened; then 503 `overloaded`.',
  },
  {
    path: 'upstream.preserveHost',
    type: boolean,
    default: true,
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
    doc: 'As `upstream.headers`; each value is in a file of its own, which holds it on one line. Read at start.',
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
    doc: "Accept any certificate from the upstream: whoever is on the way reads every caller's token.",
  },
]
