/** A package that was made in a fresh clone, unpacked. `test/interop/install.test.ts` installs it. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { packClone, runWell } from '../helpers/packed.ts'

t.test('a package of a fresh clone holds the build and its SBOM, and runs where it is unpacked (FLD-24)', async (t) => {
  const { folder, tarball } = packClone(t)
  runWell('tar', ['-xzf', tarball], folder)
  const program = join(folder, 'package', 'dist', 'main.js')
  const sbom = JSON.parse(readFileSync(join(folder, 'package', 'dist', 'sbom.cdx.json'), 'utf8'))
  t.match(sbom, { bomFormat: 'CycloneDX', metadata: { component: { name: 'cogate' } } })
  t.match(runWell(process.execPath, [program, '--version'], folder), /^\d+\.\d+\.\d+\S*$/)
})
