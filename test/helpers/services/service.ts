/** Programs of Debian as services on loopback: one process group each, with a configuration and a folder of its own. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, isAbsolute, join } from 'node:path'
import type { Test } from 'tap'
import { untilAccepted } from '../listen.ts'

/** What a test is skipped with where one of these programs or files is missing; in `.ci/run` all of them are there. */
export function skipWithout(...needed: readonly string[]): string | false {
  const missing = needed.filter((name) => !isThere(name))
  if (missing.length === 0 || process.env['CI'] !== undefined) return false
  return `${missing.join(', ')} is not installed`
}

function isThere(name: string): boolean {
  const folders = isAbsolute(name) ? [''] : (process.env['PATH'] ?? '').split(delimiter)
  return folders.some((folder) => existsSync(join(folder, name)))
}

/** Anybody may write there: a service has no rights of its own. Removed at the end of the test. */
export function makeFolder(t: Test, name: string): string {
  const folder = mkdtempSync(join(tmpdir(), `cogate-${name}-`))
  chmodSync(folder, 0o777)
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** The user `nobody`, for tests that root runs: servers refuse to serve as root, or change their user by themselves. */
const nobody = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {}

interface Service {
  readonly command: string
  readonly args: readonly string[]
  readonly folder: string
  readonly port: number
  readonly env?: Readonly<Record<string, string>>
  /** For a program that `nobody` may not be allowed to read. */
  readonly keepsUser?: boolean
}

/** Listens when this resolves; it and its children are ended with the test. */
export async function startService(t: Test, { keepsUser = false, ...service }: Service): Promise<void> {
  const { command, args, folder, port, env } = service
  const child = spawn(command, args, {
    ...(keepsUser ? {} : nobody),
    cwd: folder,
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
    detached: true,
  })
  let stderr = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  const exited = once(child, 'exit')
  t.teardown(async () => {
    if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGKILL')
    await exited
  })
  const early = exited.then(() => Promise.reject(new Error(`${command} ended at once: ${stderr}`)))
  await Promise.race([untilAccepted(port), early])
  early.catch(() => undefined)
}
