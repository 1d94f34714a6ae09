/**
 * cogate in the pod of another application, four ways that say the same: the helpers of the chart in a chart that has it as a
 * dependency, as native sidecar and as plain container; the Kustomize component; deploy/sidecar.yaml.
 */
import { spawnSync } from 'node:child_process'
import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import { loadConfig } from '../../src/config/load.ts'
import { readRepositoryFile } from '../docs/pages.ts'
import {
  chart,
  kubernetesVersions,
  type Manifest,
  pick,
  type RenderOptions,
  readManifests,
  render,
  renderText,
} from '../helpers/helm.ts'
import { kubeTools, skipKube } from '../helpers/kube-tools.ts'
import { configMapsOf, layOut } from '../helpers/pods.ts'

const skip = skipKube
const root = fileURLToPath(new URL('../..', import.meta.url))

/** test/deploy/parent with the chart as its dependency, as `helm dependency build` leaves it. */
function parentChart(t: Test): string {
  const folder = join(t.testdir(), 'orders')
  cpSync(join(root, 'test/deploy/parent'), folder, { recursive: true })
  cpSync(chart, join(folder, 'charts', 'cogate'), { recursive: true })
  return folder
}

const plain = { cogate: { sidecar: { native: false } } }

function podOf(manifests: readonly Manifest[]): Manifest {
  return pick(manifests, 'Deployment').spec.template.spec
}

function configOf(t: Test, manifests: readonly Manifest[], container: Manifest) {
  const objects = configMapsOf(manifests)
  return loadConfig({ argv: [], env: layOut(t, { spec: podOf(manifests), container, objects }).env }).config
}

t.test('the helper gives a native sidecar on every Kubernetes that has them', { skip }, async (t) => {
  const parent = parentChart(t)
  const texts = kubernetesVersions.map((kubernetes) => renderText({ chart: parent, kubernetes }).stdout)
  t.equal(new Set(texts).size, 1)
  const manifests = render({ chart: parent })
  const pod = podOf(manifests)
  t.match(pod.initContainers, [{ name: 'cogate', restartPolicy: 'Always', image: 'registry.example.com/cogate:0.1.0' }])
  t.same(
    pod.containers.map(({ name }: { name: string }) => name),
    ['app'],
  )
  t.same(manifests.map(({ kind }) => kind).toSorted(), ['ConfigMap', 'Deployment'], 'no gateway beside it')
  const { drain, upstream } = configOf(t, manifests, pod.initContainers[0])
  t.same([drain.delayMs, drain.timeoutMs], [0, 10_000], 'nothing to wait for when the application is gone')
  t.equal(upstream.url, 'http://127.0.0.1:8080')
})

t.test('the plain container has the drain of a container that is stopped with the others', { skip }, async (t) => {
  const manifests = render({ chart: parentChart(t), values: plain, kubernetes: '1.28' })
  const [container] = podOf(manifests).containers
  t.equal(container.name, 'cogate')
  t.equal(container.restartPolicy, undefined)
  t.equal(podOf(manifests).initContainers, undefined)
  t.equal(configOf(t, manifests, container).drain.delayMs, 5000)
})

t.test('a drain of your own stays', { skip }, async (t) => {
  const values = { cogate: { config: { drain: { delay: '1s', timeout: '12s' } } } }
  const manifests = render({ chart: parentChart(t), values })
  const { drain } = configOf(t, manifests, podOf(manifests).initContainers[0])
  t.same([drain.delayMs, drain.timeoutMs], [1000, 12_000])
})

t.test('another configuration is another rollout of the pod', { skip }, async (t) => {
  const parent = parentChart(t)
  const checksum = (values: object) => {
    const { annotations } = pick(render({ chart: parent, values }), 'Deployment').spec.template.metadata
    return annotations['checksum/cogate']
  }
  t.not(checksum({}), checksum({ cogate: { config: { log: { level: 'warn' } } } }))
})

const refusals: readonly (readonly [string, RenderOptions, RegExp])[] = [
  ['a native sidecar on Kubernetes 1.28', { kubernetes: '1.28' }, /v1.28 has no native sidecars/],
  ['the helper in the mode gateway', { values: { cogate: { mode: 'gateway' } } }, /set mode to sidecar|another pod/],
  ['a drain that does not fit', { values: { cogate: { terminationGracePeriodSeconds: 20 } } }, /is 20s, which must be/],
  [
    'an empty list of groups',
    { values: { cogate: { config: { routes: [{ path: '/a', groups: [] }] } } } },
    /groups.*minItems/,
  ],
  ['a misspelt key', { values: { cogate: { confg: {} } } }, /additional properties 'confg'/],
]
for (const [title, options, message] of refusals) {
  t.test(`helm refuses ${title} in a chart that has this one as a dependency`, { skip }, async (t) => {
    const { status, stderr } = renderText({ chart: parentChart(t), ...options })
    t.equal(status, 1)
    t.match(stderr, message)
  })
}

function kustomize(kubernetes: '1.34' | '1.35'): readonly Manifest[] {
  const { kubectl } = kubeTools(kubernetes)
  const args = ['kustomize', join(root, 'deploy/kustomize/example')]
  const { status, stdout, stderr } = spawnSync(kubectl, args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(stderr)
  return readManifests(stdout)
}

t.test('the component adds the sidecar to the labelled Deployment, in kubectl 1.34 and 1.35', { skip }, async (t) => {
  const manifests = kustomize('1.34')
  t.same(kustomize('1.35'), manifests)
  const pod = podOf(manifests)
  const config = configOf(t, manifests, pod.initContainers[0])
  t.same(
    config.routes.map(({ path }) => path),
    ['/public/*', '/admin/*'],
  )
  t.equal(pod.containers[0].image, 'example.com/legacy:1.0.0', 'the application is as it was')
  t.match(pod.volumes[0].configMap.name, /^cogate-[a-z0-9]{10}$/)
  const preStopMs = pod.containers[0].lifecycle.preStop.sleep.seconds * 1000
  const { delayMs, timeoutMs } = config.drain
  t.ok(preStopMs + delayMs + timeoutMs < pod.terminationGracePeriodSeconds * 1000)
})

t.test('chart, component and deploy/sidecar.yaml give the same container', { skip }, async (t) => {
  const [shipped] = readManifests(readRepositoryFile('deploy/sidecar.yaml'))
  const containers = [
    shipped.spec.template.spec.initContainers[0],
    podOf(render({ chart: parentChart(t) })).initContainers[0],
    podOf(kustomize('1.34')).initContainers[0],
  ]
  const [first, ...others] = containers.map(
    ({ env: _, volumeMounts: __, image: ___, imagePullPolicy: ____, ...rest }) => rest,
  )
  for (const other of others) t.same(other, first)
  const gateway = pick(render({ files: [`${chart}/ci/minimal-values.yaml`] }), 'Deployment').spec.template.spec
  const { env: _, volumeMounts: __, image: ___, imagePullPolicy: ____, ...rest } = gateway.containers[0]
  t.same({ restartPolicy: 'Always', ...rest }, first, 'the gateway too, but for the restart policy')
})
