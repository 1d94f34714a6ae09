/** A package of the npm registry that a test reads and nothing depends on: fetched, unpacked, and gone with the test. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'
import { runWell } from './packed.ts'

/** Its folder, with these members of the archive or all of them; the reason to skip where the registry cannot be reached, which fails in `.ci/run`. */
export function fetchPackage(
  t: Test,
  spec: string,
  members: readonly string[] = [],
): { readonly folder: string } | { readonly skip: string } {
  const folder = mkdtempSync(join(tmpdir(), 'cogate-fetched-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  const { status, stdout, stderr } = spawnSync('npm', ['pack', '--silent', '--prefer-offline', spec], {
    cwd: folder,
    encoding: 'utf8',
  })
  if (status === 0) {
    runWell('tar', ['-xzf', stdout.trim(), ...members], folder)
    return { folder: join(folder, 'package') }
  }
  if (process.env['CI'] !== undefined) throw new Error(`npm pack ${spec} ended with ${status}:\n${stderr}`)
  return { skip: `${spec} cannot be fetched` }
}
