/** The package as a user installs it: from its tarball, with what it depends on from the npm registry. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { packClone, runWell } from '../helpers/packed.ts'

t.test('the tarball of a fresh clone installs, and its command runs (FLD-24)', async (t) => {
  const { folder, tarball } = packClone(t)
  const app = join(folder, 'app')
  mkdirSync(app)
  writeFileSync(join(app, 'package.json'), '{"name":"app","private":true}')
  runWell('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline', tarball], app)
  const command = join(app, 'node_modules', '.bin', 'cogate')
  t.match(runWell(process.execPath, [command, '--version'], app), /^\d+\.\d+\.\d+\S*$/)
  t.match(runWell(process.execPath, [command, '--help'], app), /^cogate: verifies/)
})
