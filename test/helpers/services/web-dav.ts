/** Two WebDAV servers that others wrote: Debian's nginx and Apache. */
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import { findFreePort } from '../listen.ts'
import { startApacheSite } from './apache.ts'
import { makeFolder, startService } from './service.ts'

export interface DavService {
  readonly url: string
  /** Where its files are. */
  readonly files: string
}

/** Apache with mod_dav and locks. */
export async function startApache(t: Test): Promise<DavService> {
  const { folder, files } = prepare(t, 'apache')
  const lines = [
    'TypesConfig /etc/mime.types',
    `DavLockDB ${folder}/locks`,
    `DocumentRoot ${files}`,
    `<Directory ${files}>\nDav On\nDavDepthInfinity On\nRequire all granted\n</Directory>`,
  ]
  return { url: await startApacheSite(t, { folder, modules: ['mime', 'alias', 'dav', 'dav_fs'], lines }), files }
}

/** nginx with its own DAV module, which knows PUT, DELETE, MKCOL, COPY and MOVE. */
export async function startNginx(t: Test): Promise<DavService> {
  const { folder, files } = prepare(t, 'nginx')
  const port = await findFreePort()
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
  const configuration = `daemon off; pid ${folder}/pid; error_log ${folder}/error.log;
events {}
http {
  ${temporary.map((name) => `${name}_temp_path ${folder}/${name};`).join(' ')}
  access_log off;
  server {
    listen 127.0.0.1:${port};
    root ${files};
    dav_methods PUT DELETE MKCOL COPY MOVE;
    create_full_put_path on;
  }
}
`
  writeFileSync(join(folder, 'nginx.conf'), configuration)
  const args = ['-p', folder, '-e', join(folder, 'error.log'), '-c', join(folder, 'nginx.conf')]
  await startService(t, { command: '/usr/sbin/nginx', args, folder, port })
  return { url: `http://127.0.0.1:${port}`, files }
}

function prepare(t: Test, name: string) {
  const folder = makeFolder(t, name)
  const files = join(folder, 'files')
  for (const place of [files, join(files, 'admin')]) {
    mkdirSync(place)
    chmodSync(place, 0o777)
  }
  writeFileSync(join(files, 'admin', 'policy.txt'), 'closed')
  chmodSync(join(files, 'admin', 'policy.txt'), 0o666)
  return { folder, files }
}
