/**
 * Apache with mod_auth_openidc as an OAuth 2.0 resource server: it verifies tokens with the issuer's key from a file
 * (it takes a key set over https only), the claims by `Require`. What is not required there, it does not check.
 */
import { existsSync, writeFileSync } from 'node:fs'
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

const modules = '/usr/lib/apache2/modules'

export const apache: Contender = {
  name: 'apache',
  what: 'mpm_event, mod_auth_openidc as OAuth 2.0 resource server, mod_proxy; sets its own claim headers',
  gates: true,
  start,
}

async function start(world: World, variant: Variant): Promise<Running | Missing> {
  const version = versionOf('apache2', ['-v'])
  if (version === undefined) return missing('apache2 is not installed')
  if (!existsSync(`${modules}/mod_auth_openidc.so`)) return missing('libapache2-mod-auth-openidc is not installed')
  const port = await freePort()
  const file = join(world.folder, `apache-${port}.conf`)
  writeFileSync(file, apacheConfig(world, port, upstreamOf(world, variant).url))
  return launch({
    command: 'apache2',
    args: ['-D', 'FOREGROUND', '-f', file],
    port,
    version: version.replace('Server version: ', ''),
    core: coreOf(world, variant),
  })
}

function apacheConfig({ folder, issuer, kid, publicKeyFile }: World, port: number, upstreamUrl: string): string {
  const names = ['mpm_event', 'authn_core', 'authz_core', 'authz_user', 'proxy', 'proxy_http', 'auth_openidc']
  const load = names.map((name) => `LoadModule ${name}_module ${modules}/mod_${name}.so`).join('\n')
  return `${load}
ServerName 127.0.0.1
ServerRoot ${folder}
PidFile ${folder}/apache-${port}.pid
Mutex file:${folder}
Listen 127.0.0.1:${port}
ListenBacklog 4096
ErrorLog ${folder}/apache-${port}.log
LogLevel crit
User nobody
Group nogroup
ServerLimit 1
StartServers 1
ThreadLimit 1024
ThreadsPerChild 256
MaxRequestWorkers 256
AsyncRequestWorkerFactor 8
KeepAlive On
KeepAliveTimeout 300
MaxKeepAliveRequests 0
OIDCCryptoPassphrase of-this-run-only
OIDCOAuthVerifyCertFiles ${kid}#${publicKeyFile}
OIDCOAuthRemoteUserClaim sub
ProxyPass / ${upstreamUrl}/ keepalive=On ttl=300 max=256
<Location />
  AuthType oauth20
  <RequireAll>
    Require claim iss:${issuer.issuer}
    Require claim client_id:${issuer.clientId}
    Require claim token_use:access
  </RequireAll>
</Location>
<Location /public>
  AuthType None
  Require all granted
</Location>
`
}
