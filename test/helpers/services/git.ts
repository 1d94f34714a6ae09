/** git over HTTP as Debian serves it: git-http-backend behind Apache. */
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import type { Test } from 'tap'
import { startApacheSite } from './apache.ts'
import { makeFolder } from './service.ts'

export const gitBackend = '/usr/lib/git-core/git-http-backend'

/** With one empty repository, `/git/notes+1.git`, to which everybody may push. Resolves with its origin. */
export async function startGitServer(t: Test): Promise<string> {
  const folder = makeFolder(t, 'git')
  const repository = join(folder, 'notes+1.git')
  execFileSync('git', ['init', '--quiet', '--bare', '--shared=0666', '--initial-branch=main', repository])
  execFileSync('git', ['-C', repository, 'config', 'http.receivepack', 'true'])
  execFileSync('chmod', ['-R', '0777', repository])
  const lines = [
    `ScriptSock ${folder}/cgid.sock`,
    `SetEnv GIT_PROJECT_ROOT ${folder}`,
    'SetEnv GIT_HTTP_EXPORT_ALL 1',
    'SetEnv GIT_CONFIG_COUNT 1',
    'SetEnv GIT_CONFIG_KEY_0 safe.directory',
    'SetEnv GIT_CONFIG_VALUE_0 *',
    `ScriptAlias /git/ ${gitBackend}/`,
    '<Directory /usr/lib/git-core>\nRequire all granted\n</Directory>',
  ]
  return startApacheSite(t, { folder, modules: ['alias', 'env', 'cgid'], lines })
}
