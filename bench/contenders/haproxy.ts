/**
 * HAProxy with one thread: signature by `jwt_verify`, then the claims. It looks the key up in a file, not by `kid`, and
 * sets no claim headers, which favours it.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePort } from '../network.ts'
import type { World } from '../world.ts'
import {
  type Contender,
  coreOf,
  launch,
  type Missing,
  missing,
  type Running,
  upstreamOf,
  type Variant,
  versionOf,
} from './contender.ts'

export const haproxy: Contender = {
  name: 'haproxy',
  what: '`jwt_verify` RS256, `iss`, `exp`, `client_id`, `token_use`; one thread; sets no claim headers',
  gates: true,
  start,
}

async function start(world: World, variant: Variant): Promise<Running | Missing> {
  const version = versionOf('haproxy', ['-v'])
  if (version === undefined) return missing('haproxy is not installed')
  const port = await freePort()
  const file = join(world.folder, `haproxy-${port}.cfg`)
  writeFileSync(file, haproxyConfig(world, port, upstreamOf(world, variant).port))
  return launch({
    command: 'haproxy',
    args: ['-db', '-f', file],
    port,
    version: version.replace(/ - .*/, ''),
    core: coreOf(world, variant),
  })
}

function haproxyConfig(world: World, port: number, upstreamPort: number): string {
  const { issuer, clientId } = world.issuer
  return `global
  nbthread 1
  maxconn 8192
defaults
  mode http
  maxconn 8192
  timeout connect 5s
  timeout client 300s
  timeout server 300s
  timeout tunnel 300s
  timeout http-request 15s
  timeout http-keep-alive 300s
  option http-keep-alive
  option forwardfor
  http-reuse always
frontend gate
  bind 127.0.0.1:${port} backlog 4096
  http-request allow if { path /public }
  http-request set-var(txn.token) http_auth_bearer
  http-request deny deny_status 401 unless { var(txn.token) -m found }
  http-request set-var(txn.alg) var(txn.token),jwt_header_query('$.alg')
  http-request deny deny_status 401 unless { var(txn.alg) -m str RS256 }
  http-request deny deny_status 401 unless { var(txn.token),jwt_verify("RS256","${world.publicKeyFile}") 1 }
  http-request set-var(txn.iss) var(txn.token),jwt_payload_query('$.iss')
  http-request deny deny_status 401 unless { var(txn.iss) -m str "${issuer}" }
  http-request set-var(txn.client) var(txn.token),jwt_payload_query('$.client_id')
  http-request deny deny_status 401 unless { var(txn.client) -m str "${clientId}" }
  http-request set-var(txn.use) var(txn.token),jwt_payload_query('$.token_use')
  http-request deny deny_status 401 unless { var(txn.use) -m str access }
  http-request set-var(txn.now) date()
  http-request set-var(txn.left) var(txn.token),jwt_payload_query('$.exp','int'),sub(txn.now)
  http-request deny deny_status 401 unless { var(txn.left) -m int gt 0 }
  default_backend service
backend service
  server service 127.0.0.1:${upstreamPort} maxconn 4096
`
}
