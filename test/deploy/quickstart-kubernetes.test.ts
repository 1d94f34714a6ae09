/** docs/quickstart-kubernetes.md, block by block: the values are rendered, the pod of the sidecar is one, the names exist. */
import { cpSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { parse } from 'yaml'
import { loadConfig } from '../../src/config/load.ts'
import { readPage } from '../docs/pages.ts'
import { chart, type Manifest, pick, render } from '../helpers/helm.ts'
import { skipKube } from '../helpers/kube-tools.ts'
import { configMapsOf, layOut } from '../helpers/pods.ts'

const skip = skipKube
const page = readPage('docs/quickstart-kubernetes.md')
const blocks = (marker: string) => page.blocks.filter((block) => block.marker === marker).map(({ text }) => text)
const secret = {
  cogate: {
    'client-secret': 'a secret',
    'session-secrets': 'a random text of 32 characters or more',
    'redis-url': 'rediss://redis.internal:6379',
  },
}

function listenAndLoad(t: Parameters<typeof layOut>[0], manifests: readonly Manifest[], containers: string) {
  const { spec } = pick(manifests, 'Deployment').spec.template
  const pod = { spec, container: spec[containers][0], objects: { ...secret, ...configMapsOf(manifests) } }
  return loadConfig({ argv: [], env: layOut(t, pod).env }).config
}

t.test('every block has a marker that says how it is tested', async (t) => {
  const kinds = page.blocks.map(({ language, marker }) => `${language} ${marker}`)
  const known = ['sh ', 'yaml values', 'yaml values-more', 'yaml chart', 'yaml sidecar-values', 'yaml sidecar-template']
  t.same([...new Set(kinds)].toSorted(), known.toSorted())
})

t.test('the gateway of the page can be installed, and so can what is added to it', { skip }, async (t) => {
  const [first = ''] = blocks('values')
  for (const more of [undefined, ...blocks('values-more')]) {
    const folder = t.testdir({ 'first.yaml': first, 'more.yaml': more ?? '' })
    const files = [join(folder, 'first.yaml'), ...(more === undefined ? [] : [join(folder, 'more.yaml')])]
    const manifests = render({ files, kubernetes: '1.29' })
    t.equal(pick(manifests, 'Deployment').metadata.name, 'gate-cogate')
    t.equal(pick(manifests, 'Service').spec.ports[0].port, 80)
    t.equal(listenAndLoad(t, manifests, 'containers').userPools[0]?.id, 'ap-northeast-1_AbCdEfGhI')
  }
})

t.test('the sidecar of the page is in the pod', { skip }, async (t) => {
  const folder = join(t.testdir(), 'orders')
  mkdirSync(join(folder, 'templates'), { recursive: true })
  const [dependency = '', values = '', template = ''] = ['chart', 'sidecar-values', 'sidecar-template'].map(
    (marker) => blocks(marker)[0],
  )
  const [{ name, version }] = parse(dependency).dependencies
  writeFileSync(join(folder, 'Chart.yaml'), `apiVersion: v2\nname: orders\nversion: 1.0.0\n${dependency}`)
  writeFileSync(join(folder, 'values.yaml'), values)
  const head = 'apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: orders }\nspec:\n  template:\n'
  writeFileSync(join(folder, 'templates', 'deployment.yaml'), `${head}${template}`)
  cpSync(chart, join(folder, 'charts', name), { recursive: true })
  t.match(parse(`v: ${version}`).v, /^0\.x$/)
  const manifests = render({ chart: folder })
  const { spec } = pick(manifests, 'Deployment').spec.template
  t.match(spec, { terminationGracePeriodSeconds: 45, initContainers: [{ name: 'cogate', restartPolicy: 'Always' }] })
  t.equal(listenAndLoad(t, manifests, 'initContainers').upstream.url, 'http://127.0.0.1:8080')
})
