/** Applications that take the caller from a header: Debian's Radicale, and TiddlyWiki, fetched from the npm registry. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import { fetchPackage } from '../fetched-package.ts'
import { findFreePort } from '../listen.ts'
import { runWell } from '../packed.ts'
import { makeFolder, startService } from './service.ts'

export const radicale = '/usr/bin/radicale'

/** Resolves with its origin. Everybody owns the collections below the own name. */
export async function startRadicale(t: Test): Promise<string> {
  const [folder, port] = [makeFolder(t, 'radicale'), await findFreePort()]
  const configuration = [
    `[server]\nhosts = 127.0.0.1:${port}`,
    '[auth]\ntype = http_x_remote_user',
    '[rights]\ntype = owner_only',
    `[storage]\nfilesystem_folder = ${folder}/collections`,
  ]
  writeFileSync(join(folder, 'config'), `${configuration.join('\n')}\n`)
  await startService(t, { command: radicale, args: ['--config', join(folder, 'config')], folder, port })
  return `http://127.0.0.1:${port}`
}

/** The package has hundreds of languages, editions and plugins, which take long to unpack. */
const parts = [
  ...['package.json', 'tiddlywiki.js', 'boot', 'core', 'core-server', 'editions/server'],
  ...['plugins/tiddlywiki/tiddlyweb', 'plugins/tiddlywiki/filesystem', 'themes/tiddlywiki/vanilla'],
  'themes/tiddlywiki/snowwhite',
].map((part) => `package/${part}`)

/** Its folder; the reason to skip where it cannot be fetched. */
export function fetchTiddlyWiki(t: Test) {
  return fetchPackage(t, 'tiddlywiki@5.4.1', parts)
}

/** Resolves with its origin. Whoever is named may read, alice may write. */
export async function startTiddlyWiki(t: Test, program: string): Promise<string> {
  const [folder, port] = [makeFolder(t, 'tiddlywiki'), await findFreePort()]
  const command = [join(program, 'tiddlywiki.js'), join(folder, 'wiki')]
  runWell(process.execPath, [...command, '--init', 'server'], folder)
  const listen = ['--listen', 'host=127.0.0.1', `port=${port}`, 'authenticated-user-header=Remote-User']
  const args = [...command, ...listen, 'readers=(authenticated)', 'writers=alice']
  await startService(t, { command: process.execPath, args, folder, port, keepsUser: true })
  return `http://127.0.0.1:${port}`
}
