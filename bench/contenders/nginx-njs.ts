/**
 * nginx with njs: `auth_request` to a handler that verifies RS256 with WebCrypto on every request and checks the claims.
 * njs starts each request in a fresh interpreter, so the key is imported each time. In its script an `await` stands only
 * where a statement begins: njs 0.7.9 ends with a segmentation fault on one inside an argument.
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

const modulePath = '/usr/lib/nginx/modules/ngx_http_js_module.so'

export const nginxNjs: Contender = {
  name: 'nginx-njs',
  what: 'nginx, one worker, `auth_request` to njs: WebCrypto RS256, `iss`, `exp`, `client_id`, `token_use`',
  gates: true,
  start,
}

async function start(world: World, variant: Variant): Promise<Running | Missing> {
  const version = versionOf('nginx', ['-v'])
  if (version === undefined) return missing('nginx is not installed')
  if (!existsSync(modulePath)) return missing('libnginx-mod-http-js is not installed')
  const port = await freePort()
  const script = join(world.folder, `njs-${port}.js`)
  const config = join(world.folder, `njs-${port}.conf`)
  writeFileSync(script, handlerScript(world))
  writeFileSync(config, nginxConfig({ world, port, script, upstreamUrl: upstreamOf(world, variant).url }))
  return launch({
    command: 'nginx',
    args: ['-p', world.folder, '-e', 'stderr', '-c', config],
    port,
    version: version.replace('nginx version: ', ''),
    core: coreOf(world, variant),
  })
}

function handlerScript({ publicKeyPem, issuer }: World): string {
  const der = publicKeyPem.replaceAll(/-----[^-]+-----|\s/g, '')
  return `const der = Buffer.from('${der}', 'base64')
const algorithm = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }
async function isGood(token) {
  const parts = token.split('.')
  if (parts.length !== 3) return false
  if (JSON.parse(Buffer.from(parts[0], 'base64url').toString()).alg !== 'RS256') return false
  const key = await crypto.subtle.importKey('spki', der, algorithm, false, ['verify'])
  const signature = Buffer.from(parts[2], 'base64url')
  const signed = Buffer.from(parts[0] + '.' + parts[1])
  const isSigned = await crypto.subtle.verify(algorithm, key, signature, signed)
  if (!isSigned) return false
  const claims = JSON.parse(Buffer.from(parts[1], 'base64url').toString())
  return claims.iss === '${issuer.issuer}' && claims.exp * 1000 > Date.now() &&
    claims.client_id === '${issuer.clientId}' && claims.token_use === 'access'
}
async function verify(r) {
  const value = r.headersIn.authorization || ''
  try {
    const good = await isGood(value.startsWith('Bearer ') ? value.slice(7) : '')
    r.return(good ? 204 : 401)
  } catch (e) {
    r.return(401)
  }
}
export default { verify }
`
}

interface NginxOptions {
  readonly world: World
  readonly port: number
  readonly script: string
  readonly upstreamUrl: string
}

function nginxConfig({ world: { folder }, port, script, upstreamUrl }: NginxOptions): string {
  const upstream = upstreamUrl.replace('http://', '')
  return `load_module ${modulePath};
daemon off;
worker_processes 1;
pid ${folder}/njs-${port}.pid;
error_log stderr crit;
events { worker_connections 8192; }
http {
  access_log off;
  keepalive_requests 1000000000;
  keepalive_timeout 1h;
  client_max_body_size 0;
  client_body_temp_path ${folder}/njs-body;
  proxy_temp_path ${folder}/njs-proxy;
  fastcgi_temp_path ${folder}/njs-fastcgi;
  uwsgi_temp_path ${folder}/njs-uwsgi;
  scgi_temp_path ${folder}/njs-scgi;
  js_import gate from ${script};
  upstream service { server ${upstream}; keepalive 1024; keepalive_requests 1000000000; keepalive_timeout 1h; }
  proxy_http_version 1.1;
  proxy_set_header Connection "";
  server {
    listen 127.0.0.1:${port} backlog=4096;
    location = /verify { internal; js_content gate.verify; }
    location = /public { proxy_pass http://service; }
    location / { auth_request /verify; proxy_pass http://service; }
  }
}
`
}
