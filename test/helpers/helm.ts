/** The chart in deploy/helm/cogate, rendered by the real helm as a user would do it. No cluster is asked. */
import { spawnSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseAllDocuments } from 'yaml'
import { kubeTools } from './kube-tools.ts'

/** Of this process; goes with it. */
const scratch = mkdtempSync(join(tmpdir(), 'cogate-helm-'))
process.once('exit', () => rmSync(scratch, { recursive: true }))

export const chart = fileURLToPath(new URL('../../deploy/helm/cogate', import.meta.url))
export const kubernetesVersions = ['1.29', '1.30', '1.31', '1.32', '1.33', '1.34', '1.35', '1.36'] as const

/** Part of a manifest that a test looks at. */
// biome-ignore lint/suspicious/noExplicitAny: manifests have no type here; test/deploy/kubernetes-types.test.ts gives them theirs
export type Manifest = any

export interface RenderOptions {
  /** Paths of value files, the last one wins. */
  readonly files?: readonly string[]
  /** Values beside the files; they win over them. */
  readonly values?: object
  readonly kubernetes?: string
  readonly chart?: string
  readonly flags?: readonly string[]
}

interface HelmRun {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

/** helm writes nothing outside of a folder of its own. */
export function runHelm(args: readonly string[]): HelmRun {
  const env = { ...process.env, HELM_CACHE_HOME: scratch, HELM_CONFIG_HOME: scratch, HELM_DATA_HOME: scratch }
  return spawnSync(kubeTools().helm, args, { encoding: 'utf8', env, maxBuffer: 64 * 1024 * 1024 })
}

export function renderText(options: RenderOptions = {}): HelmRun {
  return runHelm(['template', 'gate', options.chart ?? chart, ...argumentsOf(options)])
}

export function argumentsOf({ files = [], values, kubernetes, flags = [] }: RenderOptions): readonly string[] {
  return [
    ...[...files, ...(values === undefined ? [] : [writeValues(values)])].flatMap((file) => ['--values', file]),
    ...(kubernetes === undefined ? [] : ['--kube-version', kubernetes]),
    ...flags,
  ]
}

function writeValues(values: object): string {
  const file = join(scratch, `values-${randomUUID()}.yaml`)
  // JSON, which every reader of YAML reads alike.
  writeFileSync(file, JSON.stringify(values))
  return file
}

/** Throws what helm says when it renders nothing. */
export function render(options: RenderOptions = {}): readonly Manifest[] {
  const { status, stdout, stderr } = renderText(options)
  if (status !== 0) throw new Error(stderr)
  return readManifests(stdout)
}

export function readManifests(text: string): readonly Manifest[] {
  const documents = parseAllDocuments(text)
  const broken = documents.flatMap(({ errors }) => errors)
  if (broken.length > 0) throw broken[0]
  return documents.map((document) => document.toJS()).filter((manifest) => manifest !== null)
}

/** The only one of its kind, or the one with this name. */
export function pick(manifests: readonly Manifest[], kind: string, name?: string): Manifest {
  const found = manifests.filter((each) => each.kind === kind && (name === undefined || each.metadata.name === name))
  if (found.length !== 1) throw new Error(`${found.length} manifests ${kind} ${name ?? ''}`)
  return found[0]
}
