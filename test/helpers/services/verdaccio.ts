/** Verdaccio, a registry of npm packages, fetched from the npm registry; without an account and without another registry. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import { findFreePort } from '../listen.ts'
import { runWell } from '../packed.ts'
import { makeFolder, startService } from './service.ts'

const npmPackage = 'verdaccio@6.10.4'
/** It asks for a tag of this package, which not every mirror of the registry has. */
const overrides = { 'node-fetch': '2.7.0' }

const configuration = `storage: ./storage
uplinks: {}
packages:
  '**': { access: $all, publish: $all, unpublish: $all }
log: { type: stdout, format: json, level: fatal }
web: { enable: false }
`

/** Resolves with its origin. Anybody may publish: it does not know the callers of the gate. */
export async function startVerdaccio(t: Test): Promise<string> {
  const folder = makeFolder(t, 'verdaccio')
  const program = join(folder, 'program')
  mkdirSync(program)
  writeFileSync(join(program, 'package.json'), JSON.stringify({ name: 'registry', private: true, overrides }))
  writeFileSync(join(folder, 'config.yaml'), configuration)
  const flags = ['--no-audit', '--no-fund', '--ignore-scripts', '--prefer-offline', '--loglevel=error']
  runWell('npm', ['install', ...flags, npmPackage], program)
  const port = await findFreePort()
  const args = [join(program, 'node_modules', '.bin', 'verdaccio'), '--config', 'config.yaml']
  const listen = ['--listen', `http://127.0.0.1:${port}`]
  await startService(t, { command: process.execPath, args: [...args, ...listen], folder, port, keepsUser: true })
  return `http://127.0.0.1:${port}`
}
