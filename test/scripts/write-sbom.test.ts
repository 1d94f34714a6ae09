/** The bill of materials that a release holds: every package of the production tree, no other, under licences we accept. */
import { readFileSync } from 'node:fs'
import t from 'tap'
import { renderSbom } from '../../scripts/write-sbom.ts'

const lock = JSON.parse(readFileSync(new URL('../../package-lock.json', import.meta.url), 'utf8')) as {
  readonly packages: Readonly<
    Record<string, { readonly version: string; readonly license?: string; readonly dev?: true }>
  >
}
/** `name@version: licence` of what `npm install cogate` brings. */
const production = Object.entries(lock.packages)
  .filter(([folder, { dev }]) => folder !== '' && !dev)
  .map(([folder, { version, license = 'none' }]) => `${folder.replace(/^.*node_modules\//, '')}@${version}: ${license}`)

/** Permissive, and none asks more than its text (dist/LICENSES.txt). Another one is a decision, not an addition here. */
const accepted = ['0BSD', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', 'BlueOak-1.0.0', 'ISC', 'MIT']

interface Sbom {
  readonly bomFormat: string
  readonly metadata: {
    readonly component: { readonly name: string; readonly version: string; readonly 'bom-ref': string }
  }
  readonly components: readonly {
    readonly 'bom-ref': string
    readonly name: string
    readonly version: string
    readonly purl: string
    readonly licenses: readonly { readonly license: { readonly id: string } }[]
  }[]
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[]
}

const text = renderSbom()
const sbom = JSON.parse(text) as Sbom

t.test('every package of the production tree has a licence that we accept', async (t) => {
  t.ok(production.length > 50)
  t.same(
    production.filter((line) => !accepted.includes(line.replace(/^.*: /, ''))),
    [],
  )
})

t.test('the SBOM lists the packages of the production tree with their licences, and no other', async (t) => {
  const listed = sbom.components.map(
    ({ name, version, licenses }) => `${name}@${version}: ${licenses.map(({ license }) => license.id).join(' ')}`,
  )
  t.same(listed.toSorted(), [...new Set(production)].toSorted())
  for (const { purl } of sbom.components) t.match(purl, /^pkg:npm\//)
})

t.test('the SBOM says what depends on what, within itself', async (t) => {
  const { component } = sbom.metadata
  const { dependencies, version } = JSON.parse(
    readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
  ) as { readonly dependencies: Readonly<Record<string, string>>; readonly version: string }
  t.match(sbom, { bomFormat: 'CycloneDX', specVersion: /^1\./ })
  t.match(component, { name: 'cogate', version, 'bom-ref': `cogate@${version}` })
  const refs = [component['bom-ref'], ...sbom.components.map((each) => each['bom-ref'])]
  t.same(sbom.dependencies.map(({ ref }) => ref).toSorted(), refs.toSorted())
  for (const { ref, dependsOn } of sbom.dependencies) {
    t.same(
      dependsOn.filter((other) => !refs.includes(other)),
      [],
      ref,
    )
  }
  const direct = sbom.dependencies.find(({ ref }) => ref === component['bom-ref'])?.dependsOn ?? []
  t.same(direct.map((ref) => ref.replace(/@[^@]*$/, '')).toSorted(), Object.keys(dependencies).toSorted())
})

t.test('the same lock file gives the same SBOM: no time, no random number, no folder of this machine', async (t) => {
  t.equal(renderSbom(), text)
  t.notMatch(text, new URL('../..', import.meta.url).pathname.split('/').at(-2) ?? '')
  t.notMatch(text, /serialNumber|timestamp/)
})
