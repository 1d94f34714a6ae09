/**
 * Writes dist/sbom.cdx.json: what `npm sbom` says of the production tree, in CycloneDX. Takes another file as its
 * argument. Must not hold what differs between two builds of the same lock file.
 */
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))

interface Component {
  readonly 'bom-ref': string
  readonly name: string
  readonly version: string
}

interface Sbom {
  readonly serialNumber?: string | undefined
  readonly metadata: { readonly timestamp?: string | undefined; readonly component: Component }
  readonly components: readonly Component[]
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[]
}

interface Lock {
  readonly name: string
  readonly packages: Readonly<
    Record<string, { readonly version: string; readonly dev?: boolean; readonly dependencies?: object }>
  >
}

/** Needs npm, and no network: package-lock.json says it all. */
export function renderSbom(): string {
  const args = ['sbom', '--package-lock-only', '--sbom-format', 'cyclonedx', '--sbom-type', 'application']
  const text = execFileSync('npm', args, { cwd: root, encoding: 'utf8', maxBuffer: 64 * 1024 ** 2 })
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as Lock
  return `${JSON.stringify(narrow(JSON.parse(text) as Sbom, lock), undefined, 2)}\n`
}

/** Not `--omit dev`: npm then leaves out what development uses too, such as ws. */
function narrow(sbom: Sbom, { name: ownName, packages }: Lock): Sbom {
  const entries = Object.entries(packages).filter(([, { dev }]) => !dev)
  const own = new Set(
    entries.map(([folder, { version }]) => `${folder.replace(/^.*node_modules\//, '') || ownName}@${version}`),
  )
  const { component } = sbom.metadata
  const direct = Object.keys(packages['']?.dependencies ?? {})
  const isNeeded = (ref: string, other: string) =>
    ref === component['bom-ref'] ? direct.includes(other.replace(/@[^@]*$/, '')) : own.has(other)
  return {
    ...sbom,
    serialNumber: undefined,
    // npm names it after the folder that it lies in.
    metadata: { ...sbom.metadata, timestamp: undefined, component: { ...component, name: ownName } },
    components: sbom.components.filter(({ name, version }) => own.has(`${name}@${version}`)),
    dependencies: sbom.dependencies
      .filter(({ ref }) => own.has(ref))
      .map(({ ref, dependsOn }) => ({ ref, dependsOn: dependsOn.filter((other) => isNeeded(ref, other)) })),
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [, , file = join(root, 'dist', 'sbom.cdx.json')] = process.argv
  writeFileSync(resolve(file), renderSbom())
}
