/**
 * Every manifest that is rendered or shipped, against the types of the Kubernetes API: the compiler finds unknown fields and
 * wrong types, the schemas find what is missing.
 */
import { spawnSync } from 'node:child_process'
import { globSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { HTTPRoute } from '@kubernetes-models/gateway-api/gateway.networking.k8s.io/v1/HTTPRoute'
import { ServiceMonitor } from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/ServiceMonitor'
import { Deployment } from 'kubernetes-models/apps/v1/Deployment'
import { HorizontalPodAutoscaler } from 'kubernetes-models/autoscaling/v2/HorizontalPodAutoscaler'
import { Ingress } from 'kubernetes-models/networking.k8s.io/v1/Ingress'
import { NetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1/NetworkPolicy'
import { PodDisruptionBudget } from 'kubernetes-models/policy/v1/PodDisruptionBudget'
import { ConfigMap } from 'kubernetes-models/v1/ConfigMap'
import { Pod } from 'kubernetes-models/v1/Pod'
import { Service } from 'kubernetes-models/v1/Service'
import { ServiceAccount } from 'kubernetes-models/v1/ServiceAccount'
import t, { type Test } from 'tap'
import { readRepositoryFile } from '../docs/pages.ts'
import { chart, type Manifest, readManifests, render } from '../helpers/helm.ts'
import { skipKube } from '../helpers/kube-tools.ts'

const repository = fileURLToPath(new URL('../..', import.meta.url))
/** The kinds that we render or ship, by module. */
const kinds = {
  'kubernetes-models/apps/v1/Deployment': Deployment,
  'kubernetes-models/autoscaling/v2/HorizontalPodAutoscaler': HorizontalPodAutoscaler,
  'kubernetes-models/networking.k8s.io/v1/Ingress': Ingress,
  'kubernetes-models/networking.k8s.io/v1/NetworkPolicy': NetworkPolicy,
  'kubernetes-models/policy/v1/PodDisruptionBudget': PodDisruptionBudget,
  'kubernetes-models/v1/ConfigMap': ConfigMap,
  'kubernetes-models/v1/Pod': Pod,
  'kubernetes-models/v1/Service': Service,
  'kubernetes-models/v1/ServiceAccount': ServiceAccount,
  '@kubernetes-models/gateway-api/gateway.networking.k8s.io/v1/HTTPRoute': HTTPRoute,
  '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/ServiceMonitor': ServiceMonitor,
} as const

/** `apps/v1` and Deployment are kubernetes-models/apps/v1/Deployment. */
function moduleOf({ apiVersion, kind }: Manifest): keyof typeof kinds {
  const found = Object.keys(kinds).find((name) => name.endsWith(`/${apiVersion}/${kind}`))
  if (found === undefined) throw new Error(`no types for ${apiVersion} ${kind}`)
  return found as keyof typeof kinds
}

/** What the compiler says about these manifests as literals; '' when nothing. */
function compile(t: Test, manifests: readonly Manifest[]): string {
  // Inside node_modules, so that the packages are found from there.
  const cache = join(repository, 'node_modules', '.cache', 'cogate-deploy')
  mkdirSync(cache, { recursive: true })
  const folder = mkdtempSync(join(cache, 'types-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  const lines = manifests.flatMap((manifest, index) => [
    `import type { I${manifest.kind} as T${index} } from '${moduleOf(manifest)}'`,
    `export const m${index} = ${JSON.stringify(manifest)} satisfies T${index}`,
  ])
  writeFileSync(join(folder, 'manifests.ts'), lines.join('\n'))
  const compilerOptions = { types: [], noEmit: true }
  const settings = { extends: join(repository, 'tsconfig.json'), compilerOptions, files: ['manifests.ts'], include: [] }
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(settings))
  const compiler = join(repository, 'node_modules', '.bin', 'tsc')
  // The test runner puts modules in front of every Node.js process, which the compiler does not stand.
  const command = ['-u', 'NODE_OPTIONS', compiler, '-p', folder]
  const { status, stdout, stderr } = spawnSync('env', command, { cwd: repository, encoding: 'utf8' })
  return status === 0 ? '' : `${stdout}${stderr}`
}

/** What the schemas say about these manifests. */
function validate(manifests: readonly Manifest[]): readonly string[] {
  return manifests.flatMap((manifest) => {
    try {
      new kinds[moduleOf(manifest)](manifest).validate()
      return []
    } catch (error) {
      return [`${manifest.kind}: ${(error as Error).message}`]
    }
  })
}

const [deployment] = readManifests(readRepositoryFile('deploy/sidecar.yaml'))

t.test('a misspelt field, a wrong type and a missing field are found', async (t) => {
  const pod = deployment.spec.template.spec
  const misspelt = { ...pod.initContainers[0], livenesProbe: {} }
  t.match(compile(t, [withContainer(misspelt)]), /livenesProbe.* does not exist in type 'IContainer'/)
  t.match(compile(t, [withContainer({ ...pod.initContainers[0], stdin: 'yes' })]), "Type 'string' is not assignable")
  const { name: _, ...nameless } = pod.initContainers[0]
  t.match(validate([withContainer(nameless)]), [/name/])
})

function withContainer(container: object): Manifest {
  const { spec } = deployment
  const template = { ...spec.template, spec: { ...spec.template.spec, initContainers: [container] } }
  return { ...deployment, spec: { ...spec, template } }
}

t.test('what is shipped as plain manifests has fields that Kubernetes knows', async (t) => {
  const files = ['deploy/sidecar.yaml', 'deploy/kustomize/example/app.yaml']
  const manifests = files.flatMap((file) => readManifests(readRepositoryFile(file)))
  t.equal(compile(t, manifests), '')
  t.same(validate(manifests), [])
})

t.test('what the chart renders has fields that Kubernetes knows', { skip: skipKube }, async (t) => {
  const files = globSync(`${chart}/ci/*-values.yaml`)
  const manifests = files.flatMap((file) => render({ files: [file] }))
  t.same([...new Set(manifests.map(moduleOf))].toSorted(), Object.keys(kinds).toSorted(), 'every kind is rendered')
  t.equal(compile(t, manifests), '')
  t.same(validate(manifests), [])
})
