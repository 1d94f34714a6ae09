/**
 * The Helm chart, rendered by the real helm for every supported Kubernetes: golden files, types of the API, the restricted
 * Pod Security Standard. `UPDATE_GOLDEN=1` writes the golden files anew.
 */
import { spawnSync } from 'node:child_process'
import { globSync, readFileSync, writeFileSync } from 'node:fs'
import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { parse } from 'yaml'
import { readRepositoryFile } from '../docs/pages.ts'
import {
  argumentsOf,
  chart,
  kubernetesVersions,
  type Manifest,
  pick,
  render,
  renderText,
  runHelm,
} from '../helpers/helm.ts'
import { skipKube } from '../helpers/kube-tools.ts'

const valueFiles = globSync(`${chart}/ci/*-values.yaml`).toSorted()
const nameOf = (file: string) => basename(file, '-values.yaml')
const skip = skipKube

t.test('the versions of the chart are the version of cogate', async (t) => {
  const { version } = JSON.parse(readRepositoryFile('package.json')) as { version: string }
  t.match(parse(readFileSync(`${chart}/Chart.yaml`, 'utf8')), { version, appVersion: version })
  t.match(readFileSync(`${chart}/templates/_names.tpl`, 'utf8'), `{{- define "cogate.version" -}}\n${version}\n`)
  t.match(readRepositoryFile('deploy/kustomize/example/kustomization.yaml'), `newTag: ${version} `)
})

t.test('helm lint --strict finds nothing in the chart and in the value files', { skip }, async (t) => {
  for (const files of [[], ...valueFiles.map((file) => [file])]) {
    const { status, stdout } = runHelm(['lint', '--strict', chart, ...argumentsOf({ files })])
    t.equal(status, 0, `${files}: ${stdout}`)
  }
})

t.test('the chart can be packed, and the value files of its tests are not in it', { skip }, async (t) => {
  const folder = t.testdir()
  t.equal(runHelm(['package', chart, '--destination', folder]).status, 0)
  const { stdout } = spawnSync('tar', ['-tzf', globSync(`${folder}/*.tgz`)[0] ?? ''], { encoding: 'utf8' })
  t.match(stdout, 'cogate/values.schema.json')
  t.match(stdout, 'cogate/README.md')
  t.notMatch(stdout, 'cogate/ci/')
})

for (const file of valueFiles) {
  t.test(`${nameOf(file)}: what is rendered is the golden file`, { skip }, async (t) => {
    const golden = fileURLToPath(new URL(`golden/${nameOf(file)}.yaml`, import.meta.url))
    const { stdout, stderr } = renderText({ files: [file], kubernetes: '1.34' })
    t.equal(stderr, '')
    if (process.env['UPDATE_GOLDEN'] !== undefined) writeFileSync(golden, stdout)
    t.equal(stdout, readFileSync(golden, 'utf8'))
  })

  t.test(`${nameOf(file)}: every Kubernetes from 1.29 to 1.36 gets the same`, { skip }, async (t) => {
    const texts = kubernetesVersions.map((kubernetes) => {
      const { stdout, stderr } = renderText({ files: [file], kubernetes })
      return stdout === '' ? stderr : stdout
    })
    const needs130 = /preStopSeconds: [1-9]/.test(readFileSync(file, 'utf8')) && nameOf(file) !== 'sidecar'
    if (needs130) t.match(texts.shift(), 'Kubernetes v1.29 has no preStop sleep')
    t.equal(new Set(texts).size, 1)
  })

  t.test(`${nameOf(file)}: every pod meets the restricted Pod Security Standard`, { skip }, async (t) => {
    for (const pod of render({ files: [file] }).flatMap(podsOf)) {
      t.equal(pod.automountServiceAccountToken, false)
      t.match(pod.securityContext, { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } })
      for (const { securityContext } of pod.containers) {
        t.same(securityContext, {
          allowPrivilegeEscalation: false,
          capabilities: { drop: ['ALL'] },
          readOnlyRootFilesystem: true,
          runAsNonRoot: true,
          runAsUser: 65532,
          runAsGroup: 65532,
          seccompProfile: { type: 'RuntimeDefault' },
        })
      }
    }
  })
}

function podsOf(manifest: Manifest): readonly Manifest[] {
  if (manifest.kind === 'Pod') return [manifest.spec]
  return manifest.kind === 'Deployment' ? [manifest.spec.template.spec] : []
}

t.test('names and ports agree between the manifests', { skip }, async (t) => {
  for (const file of valueFiles.filter((each) => nameOf(each) !== 'sidecar')) {
    const all = render({ files: [file] })
    const { template, selector } = pick(all, 'Deployment').spec
    const service = pick(all, 'Service', 'gate-cogate').spec
    t.match(template.metadata.labels, selector.matchLabels)
    t.match(template.metadata.labels, service.selector)
    const ports = new Map(
      template.spec.containers[0].ports.map((port: { name: string; containerPort: number }) => [
        port.name,
        port.containerPort,
      ]),
    )
    t.equal(service.ports[0].targetPort, 'http')
    const [traffic, ops] = pick(all, 'NetworkPolicy', 'gate-cogate').spec.ingress
    t.same([traffic.ports[0].port, ops.ports[0].port], [ports.get('http'), ports.get('ops')], nameOf(file))
  }
  const tls = pick(render({ files: [`${chart}/ci/tls-values.yaml`] }), 'Service').spec.ports[0]
  t.same(tls, { name: 'https', port: 443, targetPort: 'http' })
})

t.test('another configuration is another rollout, and the same one is none', { skip }, async (t) => {
  const files = [`${chart}/ci/minimal-values.yaml`]
  const checksum = (values: object) => {
    const { annotations } = pick(render({ files, values }), 'Deployment').spec.template.metadata
    return annotations['checksum/cogate']
  }
  t.equal(checksum({}), checksum({ replicas: 5 }))
  t.not(checksum({}), checksum({ config: { log: { level: 'warn' } } }))
  t.not(checksum({}), checksum({ tls: { existingSecret: 'gate-tls' } }))
})

t.test('a long release name gives names that Kubernetes takes', { skip }, async (t) => {
  const release = `a${'-very-long'.repeat(5)}`
  const files = [`${chart}/ci/routes-values.yaml`]
  const { stdout } = runHelm(['template', release, chart, ...argumentsOf({ files })])
  const names = [...stdout.matchAll(/^ {2}name: "?([^"\n]+)/gm)].map(([, name = '']) => name)
  t.ok(names.length > 8)
  for (const name of names) t.match(name, /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])$/)
})

t.test('what is off is not rendered', { skip }, async (t) => {
  const values = {
    podDisruptionBudget: { enabled: false },
    networkPolicy: { enabled: false },
    serviceAccount: { create: false, name: 'own' },
  }
  const all = render({ files: [`${chart}/ci/minimal-values.yaml`], values })
  t.same(all.map(({ kind }) => kind).toSorted(), ['ConfigMap', 'Deployment', 'Pod', 'Service'])
  t.equal(pick(all, 'Deployment').spec.template.spec.serviceAccountName, 'own')
})

t.test('an empty list of a network policy opens nothing', { skip }, async (t) => {
  const values = { networkPolicy: { opsFrom: [], egress: [] } }
  const { spec } = pick(render({ files: [`${chart}/ci/minimal-values.yaml`], values }), 'NetworkPolicy')
  t.same(spec.ingress, [{ ports: [{ port: 8181 }] }], 'nobody reaches the ops port')
  t.same([spec.policyTypes, spec.egress], [['Ingress', 'Egress'], []], 'cogate reaches nobody')
})

t.test('a load balancer lets in the networks that are named', { skip }, async (t) => {
  const values = { service: { type: 'LoadBalancer', loadBalancerSourceRanges: ['192.0.2.0/24'] } }
  const { spec } = pick(render({ files: [`${chart}/ci/minimal-values.yaml`], values }), 'Service')
  t.match(spec, values.service)
})

t.test('the restricted context of the pod stays, whatever is joined to it', { skip }, async (t) => {
  const values = { podSecurityContext: { fsGroup: 7, runAsNonRoot: false, seccompProfile: { type: 'Unconfined' } } }
  const all = render({ files: [`${chart}/ci/minimal-values.yaml`], values })
  t.same(pick(all, 'Deployment').spec.template.spec.securityContext, {
    fsGroup: 7,
    runAsNonRoot: true,
    seccompProfile: { type: 'RuntimeDefault' },
  })
})

t.test('the notes say where the gateway is and how to check it, and warn of an open service', { skip }, async (t) => {
  const notes = (name: string, values: object = {}) => {
    const files = [`${chart}/ci/${name}-values.yaml`]
    const { stdout } = runHelm(['install', 'gate', chart, '--dry-run=client', ...argumentsOf({ files, values })])
    return stdout.slice(stdout.indexOf('NOTES:'))
  }
  t.match(notes('minimal'), /http:\/\/gate-cogate\.default:80\n[\s\S]*helm test gate[\s\S]*WARNING: whoever reaches/)
  t.notMatch(notes('routes'), /WARNING/)
  t.match(notes('tls'), /https:\/\/gate-cogate\.default:443\n[\s\S]*curl -ik https:/)
  t.match(notes('sidecar'), 'spec.initContainers: {{ include "cogate.sidecar" . }}')
  t.match(notes('sidecar', { sidecar: { native: false } }), 'spec.containers: {{ include "cogate.container" . }}')
})

t.test(
  'the service is reached by the gateway and by the check of helm test, and by no other pod',
  { skip },
  async (t) => {
    const podSelector = { matchLabels: { app: 'legacy' } }
    const files = [`${chart}/ci/minimal-values.yaml`]
    const all = render({ files, values: { networkPolicy: { service: { podSelector } } } })
    const policy = pick(all, 'NetworkPolicy', 'gate-cogate-service').spec
    t.same(policy.podSelector, podSelector)
    t.equal(policy.ingress.length, 1)
    const admitted: readonly { podSelector: { matchLabels: Record<string, string> } }[] = policy.ingress[0].from
    const admits = (labels: Record<string, string>) =>
      admitted.some(({ podSelector: { matchLabels } }) =>
        Object.entries(matchLabels).every(([name, value]) => labels[name] === value),
      )
    const gateway = pick(all, 'Deployment').spec.template.metadata.labels
    const check = pick(all, 'Pod').metadata.labels
    t.ok(admits(gateway), 'the gateway')
    t.ok(admits(check), 'the check')
    t.notOk(admits({ ...gateway, 'app.kubernetes.io/component': 'other' }), 'another component')
    t.notOk(admits({ ...check, 'app.kubernetes.io/instance': 'other' }), 'the check of another release')
    t.ok(admitted.every(({ podSelector: { matchLabels } }) => Object.keys(matchLabels).length === 3))
  },
)
