/**
 * The two servers behind the contenders: a cheap one with a fixed answer for requests without a body, and one in Node.js
 * that reads bodies. Both run on the load generator's core, never on the gate's.
 */
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePort, waitForStatus } from './network.ts'
import { type RunningProcess, startPinned } from './process.ts'

/** `fixed` is nginx where it is installed, else the Node.js server too. */
export type UpstreamName = 'fixed' | 'node'

export interface Upstream {
  readonly url: string
  readonly port: number
  readonly pid: number
  readonly what: string
  stop(): Promise<void>
}

/** 43 bytes. */
const body = 'the answer of the service behind the gates.'

export async function startUpstreams(
  folder: string,
  core: number | undefined,
): Promise<Record<UpstreamName, Upstream>> {
  const node = await startNode(core)
  const hasNginx = spawnSync('nginx', ['-v'], { stdio: 'ignore' }).status === 0
  return { node, fixed: hasNginx ? await startNginx(folder, core) : node }
}

async function startNode(core: number | undefined): Promise<Upstream> {
  const script = new URL('upstream.ts', import.meta.url).pathname
  const child = await startPinned(process.execPath, [script], { core, readyLine: /^\d+$/ })
  return toUpstream(child, Number(child.ready), `Node.js ${process.version}`)
}

async function startNginx(folder: string, core: number | undefined): Promise<Upstream> {
  const port = await freePort()
  const file = join(folder, 'upstream-nginx.conf')
  writeFileSync(file, nginxConfig(folder, port))
  const child = await startPinned('nginx', ['-p', folder, '-e', 'stderr', '-c', file], { core })
  await waitForStatus({ url: `http://127.0.0.1:${port}/`, isDone: (status) => status === 200 })
  const version = spawnSync('nginx', ['-v'], { encoding: 'utf8' }).stderr.trim().replace('nginx version: ', '')
  return toUpstream(child, port, `${version}, \`return 200\`, ${body.length} bytes`)
}

function toUpstream({ pid, stop }: RunningProcess, port: number, what: string): Upstream {
  return { url: `http://127.0.0.1:${port}`, port, pid, what, stop }
}

function nginxConfig(folder: string, port: number): string {
  return `daemon off;
worker_processes 1;
pid ${folder}/upstream-nginx.pid;
error_log stderr crit;
events { worker_connections 8192; }
http {
  access_log off;
  keepalive_requests 1000000000;
  keepalive_timeout 1h;
  client_body_temp_path ${folder}/upstream-body;
  proxy_temp_path ${folder}/upstream-proxy;
  fastcgi_temp_path ${folder}/upstream-fastcgi;
  uwsgi_temp_path ${folder}/upstream-uwsgi;
  scgi_temp_path ${folder}/upstream-scgi;
  server {
    listen 127.0.0.1:${port} backlog=4096;
    location / {
      default_type text/plain;
      return 200 '${body}';
    }
  }
}
`
}
