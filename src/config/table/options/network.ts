/**
 * The part of the option table about the listeners and their TLS.
 */
import { boolean, file, type Option } from '../option.ts'

export const NETWORK_OPTIONS: readonly Option[] = [
  {
    path: 'listen',
    type: { kind: 'address' },
    default: '0.0.0.0:8181',
    mayBeEmpty: true,
    doc: 'Address of the traffic listener; port 0 lets the system choose, an empty host means every IPv4 interface.',
  },
  {
    path: 'ops.listen',
    type: { kind: 'address' },
    default: '0.0.0.0:9464',
    mayBeEmpty: true,
    doc: 'Address of `/livez`, `/readyz` and `/metrics`; never the traffic port, so that no caller reaches them.',
  },
  {
    path: 'ops.statusPage',
    type: boolean,
    default: true,
    mayBeEmpty: true,
    doc: 'A read-only page at `/` of the ops listener: rules, keys, connections, numbers and the last refusals; its data is at `/status`. Whoever reaches the listener can read it.',
  },
  {
    path: 'ops.explain',
    type: boolean,
    default: false,
    mayBeEmpty: true,
    doc: '`POST /explain` of the ops listener says how a request would be judged, and why a token is refused. Whoever reaches the listener can ask.',
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
]
