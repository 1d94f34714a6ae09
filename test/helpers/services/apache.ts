/** Debian's Apache, with nothing but what a test asks for. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import { findFreePort } from '../listen.ts'
import { startService } from './service.ts'

export interface ApacheSite {
  /** Everything of the server is there. */
  readonly folder: string
  /** Without `_module`. */
  readonly modules: readonly string[]
  /** Of its configuration, behind those that every server has. */
  readonly lines: readonly string[]
}

/** Listens when this resolves, with its origin. */
export async function startApacheSite(t: Test, { folder, modules, lines }: ApacheSite): Promise<string> {
  const port = await findFreePort()
  const configuration = [
    ...['mpm_event', 'authz_core', ...modules].map(
      (name) => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so`,
    ),
    `ServerRoot ${folder}`,
    'ServerName localhost',
    `Listen 127.0.0.1:${port}`,
    `PidFile ${folder}/pid`,
    `ErrorLog ${folder}/error.log`,
    `DefaultRuntimeDir ${folder}`,
    ...lines,
  ]
  writeFileSync(join(folder, 'apache.conf'), `${configuration.join('\n')}\n`)
  const args = ['-DFOREGROUND', '-f', join(folder, 'apache.conf')]
  await startService(t, { command: '/usr/sbin/apache2', args, folder, port })
  return `http://127.0.0.1:${port}`
}
