/** git over HTTP as Debian serves it: git-http-backend behind Apache. */
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import { findFreePort } from '../listen.ts'
import { makeFolder, startService } from './service.ts'

export const gitBackend = '/usr/lib/git-core/git-http-backend'

/** With one empty repository, `/git/notes+1.git`, to which everybody may push. Resolves with its origin. */
export async function startGitServer(t: Test): Promise<string> {
  const [folder, port] = [makeFolder(t, 'git'), await findFreePort()]
  const repository = join(folder, 'notes+1.git')
  execFileSync('git', ['init', '--quiet', '--bare', '--shared=0666', '--initial-branch=main', repository])
  execFileSync('git', ['-C', repository, 'config', 'http.receivepack', 'true'])
  execFileSync('chmod', ['-R', '0777', repository])
  writeFileSync(join(folder, 'apache.conf'), configuration(folder, port))
  const args = ['-DFOREGROUND', '-f', join(folder, 'apache.conf')]
  await startService(t, { command: '/usr/sbin/apache2', args, folder, port })
  return `http://127.0.0.1:${port}`
}

function configuration(folder: string, port: number): string {
  const modules = ['mpm_event', 'authz_core', 'alias', 'env', 'cgid']
  return `${modules.map((name) => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so`).join('\n')}
ServerRoot ${folder}
ServerName localhost
Listen 127.0.0.1:${port}
PidFile ${folder}/pid
ErrorLog ${folder}/error.log
DefaultRuntimeDir ${folder}
ScriptSock ${folder}/cgid.sock
SetEnv GIT_PROJECT_ROOT ${folder}
SetEnv GIT_HTTP_EXPORT_ALL 1
SetEnv GIT_CONFIG_COUNT 1
SetEnv GIT_CONFIG_KEY_0 safe.directory
SetEnv GIT_CONFIG_VALUE_0 *
ScriptAlias /git/ ${gitBackend}/
<Directory /usr/lib/git-core>
Require all granted
</Directory>
`
}
