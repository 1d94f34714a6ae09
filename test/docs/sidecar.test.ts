/**
 * deploy/sidecar.yaml against the code and the restricted Pod Security Standard: variables, ports, probes, timing. No
 * cluster is needed, and none is asked.
 */
import t from 'tap'
import { parseAllDocuments } from 'yaml'
import { loadConfig } from '../../src/config/load.ts'
import { startTestGate } from '../helpers/gateway.ts'
import { startTestIssuer } from '../helpers/issuer.ts'
import { readRepositoryFile } from './pages.ts'

const manifest = parseAllDocuments(readRepositoryFile('deploy/sidecar.yaml')).map((document) => document.toJS())
const deployment = manifest.find(({ kind }) => kind === 'Deployment')
const pod = deployment.spec.template.spec
const sidecar = pod.initContainers[0]

t.test('the manifest configures cogate with variables that load', async (t) => {
  const env = Object.fromEntries(sidecar.env.map(({ name, value }: { name: string; value: string }) => [name, value]))
  const { config } = loadConfig({ argv: [], env })
  t.equal(config.upstream.url, 'http://127.0.0.1:8080')
  t.ok(sidecar.env.every(({ value }: { value: unknown }) => typeof value === 'string'))
  const ports = new Map(
    sidecar.ports.map((port: { name: string; containerPort: number }) => [port.name, port.containerPort]),
  )
  t.same(Object.fromEntries(ports), { http: config.listen.port, ops: config.ops.listen.port })
  const graceMs = pod.terminationGracePeriodSeconds * 1000
  const preStopMs = pod.containers[0].lifecycle.preStop.sleep.seconds * 1000
  t.ok(preStopMs + config.drain.delayMs + config.drain.timeoutMs < graceMs, 'the drain fits into the grace period')
})

t.test('FLT-061 the manifest probes endpoints of the ops listener that answer', async (t) => {
  const issuer = await startTestIssuer(t)
  const gate = await startTestGate(t, { issuer, upstream: 'http://127.0.0.1:9' })
  t.equal(sidecar.restartPolicy, 'Always')
  for (const probe of ['startupProbe', 'livenessProbe', 'readinessProbe']) {
    const { path, port } = sidecar[probe].httpGet
    t.equal(port, 'ops')
    t.equal((await fetch(`${gate.opsUrl}${path}`)).status, 200, `${probe}: ${path}`)
  }
})

t.test('the manifest opens the ports of cogate and no other', async (t) => {
  const service = manifest.find(({ kind }) => kind === 'Service')
  const policy = manifest.find(({ kind }) => kind === 'NetworkPolicy')
  t.same(
    service.spec.ports.map(({ targetPort }: { targetPort: string }) => targetPort),
    ['http'],
  )
  const allowed = policy.spec.ingress.flatMap(({ ports }: { ports: { port: number }[] }) =>
    ports.map(({ port }) => port),
  )
  t.same(
    allowed,
    sidecar.ports.map(({ containerPort }: { containerPort: number }) => containerPort),
  )
  t.equal(pod.containers[0].ports, undefined)
})

t.test('the manifest meets the restricted Pod Security Standard', async (t) => {
  for (const { name, securityContext } of [...pod.initContainers, ...pod.containers]) {
    t.match(
      securityContext,
      {
        allowPrivilegeEscalation: false,
        capabilities: { drop: ['ALL'] },
        runAsNonRoot: true,
        seccompProfile: { type: 'RuntimeDefault' },
      },
      name,
    )
  }
  t.equal(sidecar.securityContext.readOnlyRootFilesystem, true)
})
