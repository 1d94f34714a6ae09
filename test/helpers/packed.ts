/** `npm pack` in a fresh clone of this repository, which has no build. */
import { spawnSync } from 'node:child_process'
import { copyFileSync, cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Test } from 'tap'

const repository = fileURLToPath(new URL('../..', import.meta.url))
/** The Node.js that runs the tests comes first, as it does in a script of npm. */
const env = { ...process.env, PATH: [dirname(process.execPath), process.env['PATH']].join(delimiter) }

/** A program that must end well; returns what it printed. */
export function runWell(program: string, args: readonly string[], cwd: string): string {
  const { status, stdout, stderr } = spawnSync(program, args, { cwd, encoding: 'utf8', env })
  if (status !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${status}:\n${stderr}`)
  return stdout.trim()
}

/** Not what somebody has installed or made in a folder. */
function isOfRepository(file: string): boolean {
  return !/\/(?:node_modules|cdk\.out)$/.test(file)
}

/** The path of the package. It and its folder go with the test. */
export function packClone(t: Test): { readonly folder: string; readonly tarball: string } {
  const folder = mkdtempSync(join(tmpdir(), 'cogate-packed-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  const clone = join(folder, 'clone')
  mkdirSync(clone)
  for (const part of ['src', 'scripts', 'docs', 'deploy'])
    cpSync(join(repository, part), join(clone, part), { recursive: true, filter: isOfRepository })
  const files = readdirSync(repository, { withFileTypes: true }).filter((entry) => entry.isFile())
  for (const { name } of files) copyFileSync(join(repository, name), join(clone, name))
  symlinkSync(join(repository, 'node_modules'), join(clone, 'node_modules'))
  return { folder, tarball: join(clone, runWell('npm', ['pack', '--silent'], clone)) }
}
