/** Subversion over HTTP as Debian serves it: mod_dav_svn in Apache. */
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import { findFreePort } from '../listen.ts'
import { makeFolder, startService } from './service.ts'

export const svnModule = '/usr/lib/apache2/modules/mod_dav_svn.so'

/** With one empty repository, `/svn/notes`, to which everybody may commit. Resolves with its origin. */
export async function startSvnServer(t: Test): Promise<string> {
  const [folder, port] = [makeFolder(t, 'svn'), await findFreePort()]
  const repository = join(folder, 'notes')
  execFileSync('svnadmin', ['create', repository])
  execFileSync('chmod', ['-R', '0777', repository])
  writeFileSync(join(folder, 'apache.conf'), configuration(folder, port))
  const args = ['-DFOREGROUND', '-f', join(folder, 'apache.conf')]
  await startService(t, { command: '/usr/sbin/apache2', args, folder, port })
  return `http://127.0.0.1:${port}`
}

function configuration(folder: string, port: number): string {
  const modules = ['mpm_event', 'authz_core', 'dav', 'dav_svn']
  return `${modules.map((name) => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so`).join('\n')}
ServerRoot ${folder}
ServerName localhost
Listen 127.0.0.1:${port}
PidFile ${folder}/pid
ErrorLog ${folder}/error.log
DefaultRuntimeDir ${folder}
<Location /svn/notes>
DAV svn
SVNPath ${folder}/notes
Require all granted
</Location>
`
}
