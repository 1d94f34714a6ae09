/**
 * Values that must not become manifests: each is refused by helm with a message that says what to change. Where helm is told
 * not to look at the schema, the gate refuses the configuration.
 */
import t from 'tap'
import { loadConfig } from '../../src/config/load.ts'
import { chart, pick, render, renderText } from '../helpers/helm.ts'
import { skipKube } from '../helpers/kube-tools.ts'

const minimal = [`${chart}/ci/minimal-values.yaml`]
const skip = skipKube

type Case = readonly [title: string, values: object, message: RegExp]

const demands: readonly Case[] = [
  ...['groups', 'scopes', 'anyScope', 'clientIds', 'userPools', 'acr', 'methods'].flatMap((name): Case[] => [
    [
      `an empty list of ${name}`,
      { config: { routes: [{ path: '/a', [name]: [] }] } },
      new RegExp(`routes/0/${name}'.*minItems`),
    ],
    [
      `${name} without a value`,
      { config: { routes: [{ path: '/a', [name]: null }] } },
      new RegExp(`routes/0/${name}'.*null`),
    ],
  ]),
  [
    'a client CA without a value',
    { config: { tls: { certFile: '/c', keyFile: '/k', clientCaFile: null } } },
    /clientCaFile.*null/,
  ],
  ['a rate without a value', { config: { rateLimit: { perAddress: null } } }, /perAddress.*null/],
  ['a mapping without a value', { config: { rateLimit: null } }, /rateLimit.*null/],
  ['a rule without a path', { config: { routes: [{ auth: 'none' }] } }, /routes\/0.*missing property 'path'/],
]

const others: readonly Case[] = [
  ['a misspelt key', { config: { upsteam: 'http://a' } }, /additional properties 'upsteam'/],
  ['a misspelt value of the chart', { replica: 3 }, /additional properties 'replica'/],
  ['a secret in the configuration', { config: { session: { secrets: ['x'] } } }, /additional properties 'secrets'/],
  ['a secret in a header', { config: { upstream: { url: 'http://a', headers: { a: 'b' } } } }, /'headers' not allowed/],
  ['off without quotes', { config: { upstream: { url: 'http://a', rewriteLocation: false } } }, /'auto', 'off'/],
  ['a bare number as a duration', { config: { jwks: { timeout: 5 } } }, /jwks\/timeout.*want string/],
  ['a variable of the configuration', { env: [{ name: 'COGATE_ROUTES', value: '[]' }] }, /env\/0\/name/],
  ['the same in small letters', { env: [{ name: 'cogate_routes', value: '[]' }] }, /env\/0\/name/],
  ['no image', { image: { repository: '' } }, /image.repository is needed/],
  ['no user pool', { config: { userPools: [] } }, /config.userPools is needed/],
  ['no service', { config: { upstream: {} } }, /config.upstream is needed/],
  ['a service in the same pod', { config: { upstream: 'http://127.0.0.1:8080' } }, /the service is in another pod/],
  ['the same by name', { config: { upstream: { url: 'http://localhost:8080' } } }, /the service is in another pod/],
  ['a socket', { config: { upstream: 'unix:/run/a.sock' } }, /the service is in another pod/],
  ['a traffic port that nobody reaches', { config: { listen: '127.0.0.1:8181' } }, /nobody outside the container/],
  ['an ops port that nobody reaches', { config: { ops: { listen: '[::1]:9464' } } }, /nobody outside the container/],
  ['a port that the system chooses', { config: { listen: ':0' } }, /the chart needs a fixed port/],
  ['a Secret without keys', { existingSecret: { name: 'a' } }, /existingSecret.keys is needed/],
  ['keys without a Secret', { existingSecret: { keys: { 'session.secrets': 'a' } } }, /existingSecret.name is needed/],
  [
    'a key that is no secret',
    { existingSecret: { name: 'a', keys: { listen: 'a' } } },
    /additional properties 'listen'/,
  ],
  [
    'two certificates',
    { tls: { existingSecret: 'a' }, config: { tls: { certFile: '/c', keyFile: '/k' } } },
    /tls.existingSecret or config.tls, not both/,
  ],
  ['a client CA without a certificate', { tls: { clientCaKey: 'ca.crt' } }, /clientCaKey needs tls.existingSecret/],
  ['an Ingress for no name', { ingress: { enabled: true } }, /ingress.hosts is needed/],
  [
    'an HTTPRoute for every name',
    { httpRoute: { enabled: true, parentRefs: [{ name: 'a' }] } },
    /httpRoute.hostnames is needed/,
  ],
  [
    'an HTTPRoute without a Gateway',
    { httpRoute: { enabled: true, hostnames: ['a'] } },
    /httpRoute.parentRefs is needed/,
  ],
  [
    'a load balancer for an empty list of networks',
    { service: { type: 'LoadBalancer', loadBalancerSourceRanges: [] } },
    /loadBalancerSourceRanges.*minItems/,
  ],
  [
    'networks of callers where no load balancer looks at them',
    { service: { loadBalancerSourceRanges: ['192.0.2.0/24'] } },
    /needs service.type LoadBalancer/,
  ],
  ['nobody as caller', { networkPolicy: { trafficFrom: [] } }, /trafficFrom.*minItems/],
  ['a service of all pods', { networkPolicy: { service: { podSelector: {} } } }, /podSelector.*minProperties/],
  [
    'a closed service without network policies',
    { networkPolicy: { enabled: false, service: { podSelector: { matchLabels: { app: 'a' } } } } },
    /networkPolicy.service needs networkPolicy.enabled/,
  ],
  ['fewer pods than the least', { autoscaling: { enabled: true, minReplicas: 20 } }, /minReplicas is above/],
  ['no service account', { serviceAccount: { create: false } }, /serviceAccount.name is needed/],
]

const timings: readonly Case[] = [
  ['the default drain in 25 s', { terminationGracePeriodSeconds: 25 }, /is 25s, which must be below .*25s/],
  ['a preStop that eats the rest', { preStopSeconds: 5 }, /is 30s, which must be below .*30s/],
  ['a long delay', { config: { drain: { delay: '10s' } } }, /is 30s/],
  ['a long timeout in minutes', { config: { drain: { timeout: '1.5m' } } }, /is 95s/],
  ['milliseconds', { config: { drain: { delay: '9999ms', timeout: '20.001s' } } }, /is 30s/],
]

for (const [title, values, message] of [...demands, ...others, ...timings]) {
  t.test(`helm refuses ${title}`, { skip }, async (t) => {
    const { status, stderr } = renderText({ files: minimal, values, kubernetes: '1.34' })
    t.equal(status, 1)
    t.match(stderr, message)
  })
}

t.test('a sum below the grace period is rendered', { skip }, async (t) => {
  const drain = { delay: '9s', timeout: '20.9s' }
  t.equal(renderText({ files: minimal, values: { config: { drain } } }).status, 0)
  const values = { preStopSeconds: 30, terminationGracePeriodSeconds: 56 }
  t.equal(renderText({ files: minimal, values, kubernetes: '1.30' }).status, 0)
})

for (const [title, values] of demands) {
  t.test(`without the schema, the gate refuses ${title}`, { skip }, async (t) => {
    const flags = ['--skip-schema-validation']
    const manifests = render({ files: minimal, values, flags })
    const text: string = pick(manifests, 'ConfigMap').data['cogate.yaml']
    t.throws(() => loadConfig({ argv: ['--config', 'x'], env: {}, readFile: () => text }), { name: 'ConfigError' })
  })
}
