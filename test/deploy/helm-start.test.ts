/** What the chart renders, started: the real gate with the files, variables and arguments of the pod. */
import { once } from 'node:events'
import { get } from 'node:http'
import { request } from 'node:https'
import t, { type Test } from 'tap'
import { createAuthority } from '../helpers/certificates.ts'
import { runCogate, spawnCogate } from '../helpers/cogate-process.ts'
import { chart, type Manifest, pick, render } from '../helpers/helm.ts'
import type { Issuer } from '../helpers/issuer.ts'
import { startTestIssuer } from '../helpers/issuer.ts'
import { skipKube } from '../helpers/kube-tools.ts'
import { configMapsOf, layOut, type Objects } from '../helpers/pods.ts'
import { skipRedis, startRedis } from '../helpers/redis.ts'
import { startUpstream } from '../helpers/upstream.ts'

const skip = skipKube

interface Started {
  readonly url: string
  readonly opsUrl: string
}

/** The service and free ports are here, everything else is as rendered. */
const placed = (upstream: string) => ({
  COGATE_UPSTREAM: upstream,
  COGATE_LISTEN: '127.0.0.1:0',
  COGATE_OPS_LISTEN: '127.0.0.1:0',
})

function poolsOf({ poolId: id, clientId, issuer }: Issuer) {
  return [{ id, clientIds: [clientId], issuer }]
}

async function start(
  t: Test,
  manifests: readonly Manifest[],
  { upstream, objects = {} }: { readonly upstream: string; readonly objects?: Objects },
): Promise<Started> {
  const { spec } = pick(manifests, 'Deployment').spec.template
  const pod = { spec, container: spec.containers[0], objects: { ...objects, ...configMapsOf(manifests) } }
  const { args, env } = layOut(t, pod)
  const cogate = spawnCogate(t, args, { env: { ...env, ...placed(upstream) } })
  const text = await cogate.printed(
    /"msg":"keys_changed"[\s\S]*"msg":"listening"|"msg":"listening"[\s\S]*"msg":"keys_changed"/,
  )
  const line = text.split('\n').find((each) => each.includes('"msg":"listening"')) ?? ''
  const { listen, ops } = JSON.parse(line) as { listen: string; ops: string }
  for (const probe of ['startupProbe', 'livenessProbe', 'readinessProbe']) {
    const { path } = spec.containers[0][probe].httpGet
    t.equal((await fetch(`${ops}${path}`)).status, 200, `${probe}: ${path}`)
  }
  return { url: listen, opsUrl: ops }
}

t.test('minimal values: a token is needed, and the service answers those who have one', { skip }, async (t) => {
  const [issuer, upstream] = await Promise.all([startTestIssuer(t), startUpstream(t)])
  const files = [`${chart}/ci/minimal-values.yaml`]
  const manifests = render({ files, values: { config: { userPools: poolsOf(issuer) } } })
  const { url } = await start(t, manifests, { upstream: upstream.url })
  t.equal((await fetch(url)).status, 401)
  t.equal((await fetch(url, { headers: { authorization: `Bearer ${issuer.mintAccessToken()}` } })).status, 200)
})

t.test('two routes: one is open, one demands a group', { skip }, async (t) => {
  const [issuer, upstream] = await Promise.all([startTestIssuer(t), startUpstream(t)])
  const values = { config: { userPools: poolsOf(issuer) } }
  const manifests = render({ files: [`${chart}/ci/routes-values.yaml`], values })
  const { spec } = pick(manifests, 'Deployment').spec.template
  t.equal(spec.containers[0].env[1].name, 'HTTPS_PROXY')
  const { url } = await start(t, manifests, { upstream: upstream.url })
  const status = async (path: string, groups?: readonly string[]) => {
    const authorization = `Bearer ${issuer.mintAccessToken(groups && { groups })}`
    return (await fetch(`${url}${path}`, groups ? { headers: { authorization } } : {})).status
  }
  t.equal(await status('/public/page'), 200)
  t.equal(await status('/admin/page'), 401)
  t.equal(await status('/admin/page', ['users']), 403)
  t.equal(await status('/admin/page', ['admin']), 200)
})

t.test('sign-in with sessions in Redis: a browser is sent to the sign-in', { skip: skip || skipRedis }, async (t) => {
  const [issuer, upstream, redis] = await Promise.all([startTestIssuer(t), startUpstream(t), startRedis(t)])
  const { clientId } = issuer
  const login = { domain: issuer.url, clientId }
  const values = { config: { userPools: poolsOf(issuer), login } }
  const manifests = render({ files: [`${chart}/ci/login-redis-values.yaml`], values })
  const secret = {
    'client-secret': 'a secret of the app client',
    'session-secrets': 'a random text of 32 characters or more',
    'redis-url': redis.url,
  }
  const objects = { cogate: secret }
  const { url } = await start(t, manifests, { upstream: upstream.url, objects })
  const headers = { accept: 'text/html', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' }
  const [answer] = await once(get(url, { headers, agent: false }), 'response')
  answer.resume()
  t.equal(answer.statusCode, 302)
  t.match(answer.headers.location, `${issuer.url}/oauth2/authorize`)

  const pod = pick(manifests, 'Pod')
  const { args, env } = layOut(t, {
    spec: pod.spec,
    container: pod.spec.containers[0],
    objects: { ...objects, ...configMapsOf(manifests) },
  })
  const { code, stdout } = await runCogate(t, args, { env: { ...env, ...placed(upstream.url) } })
  t.equal(code, 0, stdout)
  t.match(stdout, /ok {2}session store redis:/)
  t.notMatch(stdout, /a secret of the app client|32 characters or more/)
})

t.test('TLS with client certificates: whoever has none does not get in', { skip }, async (t) => {
  const authority = createAuthority()
  const [issuer, upstream] = await Promise.all([startTestIssuer(t), startUpstream(t)])
  const values = { config: { userPools: poolsOf(issuer) } }
  const manifests = render({ files: [`${chart}/ci/tls-values.yaml`], values })
  const { cert, key } = authority.issue('127.0.0.1')
  const objects = {
    'gate-tls': { 'tls.crt': cert, 'tls.key': key, 'ca.crt': authority.ca },
    'internal-ca': { 'ca.crt': authority.ca },
  }
  const { url } = await start(t, manifests, { upstream: upstream.url.replace('http:', 'https:'), objects })
  const ask = async (client: object) => {
    const [response] = await once(request(url, { ca: authority.ca, agent: false, ...client }).end(), 'response')
    response.resume()
    return response.statusCode
  }
  t.equal(await ask(authority.issue('caller.test')), 401)
  await t.rejects(ask({}))
})

t.test('helm test runs `cogate check` with the configuration of the gateway', { skip }, async (t) => {
  const [issuer, upstream] = await Promise.all([startTestIssuer(t), startUpstream(t)])
  const values = { config: { userPools: poolsOf(issuer) } }
  const manifests = render({ files: [`${chart}/ci/minimal-values.yaml`], values })
  const pod = pick(manifests, 'Pod')
  t.equal(pod.metadata.annotations['helm.sh/hook'], 'test')
  t.equal(pod.spec.restartPolicy, 'Never')
  const container = pod.spec.containers[0]
  const { args, env } = layOut(t, { spec: pod.spec, container, objects: configMapsOf(manifests) })
  const good = await runCogate(t, args, { env: { ...env, ...placed(upstream.url) } })
  t.equal(good.code, 0, good.stdout)
  t.match(good.stdout, /^ok {2}user pool .*$[\s\S]*^ok {2}upstream .* answered GET/m)
  const bad = await runCogate(t, args, { env: { ...env, ...placed('http://127.0.0.1:9') } })
  t.equal(bad.code, 1)
})
