/** Subversion over HTTP as Debian serves it: mod_dav_svn in Apache. */
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import type { Test } from 'tap'
import { startApacheSite } from './apache.ts'
import { makeFolder } from './service.ts'

export const svnModule = '/usr/lib/apache2/modules/mod_dav_svn.so'

/** With one empty repository, `/svn/notes`, to which everybody may commit. Resolves with its origin. */
export async function startSvnServer(t: Test): Promise<string> {
  const folder = makeFolder(t, 'svn')
  const repository = join(folder, 'notes')
  execFileSync('svnadmin', ['create', repository])
  execFileSync('chmod', ['-R', '0777', repository])
  const lines = ['<Location /svn/notes>', 'DAV svn', `SVNPath ${repository}`, 'Require all granted', '</Location>']
  return startApacheSite(t, { folder, modules: ['dav', 'dav_svn'], lines })
}
