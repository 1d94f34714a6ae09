/** What a configuration of published metadata needs, and what nobody could use. */
import { generateKeyPairSync } from 'node:crypto'
import t from 'tap'
import { makePrivateKey } from '../../../src/identity-token/signing-keys.ts'
import { issuesOf, load, POOL } from '../loading.ts'

const on = 'publicUrl: https://app.example.com\nresourceMetadata: { enabled: true'
const keysOf = (yaml: string) => issuesOf({ yaml: POOL + yaml }).map(({ key }) => key)

t.test('metadata need the public origin, and nothing else', async (t) => {
  t.same(keysOf('resourceMetadata: { enabled: true }'), ['publicUrl'])
  t.strictSame(load({ yaml: `${POOL}${on} }` }).config.resourceMetadata, { enabled: true, resources: ['/'] })
  t.same(keysOf('resourceMetadata: { enabled: false, resources: [/mcp] }'), [])
})

t.test('a resource is a path that needs no escape', async (t) => {
  for (const resource of ['/', '/mcp', '/Api/v2.1', '/a-b/_c~'])
    t.same(keysOf(`${on}, resources: ["${resource}"] }`), [])
  for (const resource of ['mcp', '/mcp/', '//', '/a b', '/%61', '/a?b', '/*', '/a/..', 'https://a.example/mcp']) {
    t.same(keysOf(`${on}, resources: ["${resource}"] }`), ['resourceMetadata.resources[0]'], resource)
  }
  t.same(keysOf(`${on}, resources: [] }`), ['resourceMetadata.resources'])
})

t.test('a scope is one word, and the place of registration is https', async (t) => {
  t.same(keysOf(`${on}, scopes: [mcp/use, "a b", 'x"y'] }`), [
    'resourceMetadata.scopes[1]',
    'resourceMetadata.scopes[2]',
  ])
  t.same(keysOf(`${on}, registrationEndpoint: "http://127.0.0.1:1/x" }`), [])
  const [issue] = issuesOf({ yaml: `${POOL}${on}, registrationEndpoint: "http://a.example/x" }` })
  t.match(issue, { key: 'resourceMetadata.registrationEndpoint', fix: /https:\/\/a\.example\/x/ })
})

t.test('a rule at a path that is the gate’s own would never apply', async (t) => {
  const rule = (path: string) => `routes: [{ path: ${path}, auth: none }]\n`
  for (const path of ['/.well-known/oauth-protected-resource', '/.well-known/oauth-authorization-server/*']) {
    t.same(keysOf(`${rule(path)}${on} }`), ['routes[0].path'], path)
    t.same(keysOf(rule(path)), [], 'without the key it does')
  }
  t.same(keysOf(`${rule('/.well-known/*')}${on} }`), [])
})

const signed = 'publicUrl: https://app.example.com\nidentityToken: { audience: orders'

t.test('an identity token needs an audience and an issuer', async (t) => {
  t.same(keysOf(`${signed} }`), [])
  t.same(keysOf('identityToken: { audience: orders, issuer: gate }'), [])
  t.same(keysOf('identityToken: { audience: orders }'), ['publicUrl'])
  t.same(keysOf('identityToken: { ttl: 30s }'), [])
  const [issue] = issuesOf({
    yaml: `${POOL}identityToken: { keyFile: /keys }`,
    files: { '/keys': makePrivateKey('ES256') },
  })
  t.match(issue, { key: 'identityToken.audience' })
})

t.test('its header frames no message, is no other of cogate, and is set once', async (t) => {
  for (const header of ['Authorization', 'Content-Type', 'Via', 'a b', 'X-Request-Id']) {
    t.same(keysOf(`${signed}, header: "${header}" }`), ['identityToken.header'], header)
  }
  const set = 'identityHeaders: { set: [{ name: X_Me, claim: sub }] }\n'
  t.same(keysOf(`${set}${signed}, header: X-Me }`), ['identityToken.header'])
  t.same(keysOf(`${set}${signed}, header: X-You }`), [])
})

t.test('a load balancer signs with ES256', async (t) => {
  const alb = 'identityHeaders: { preset: alb }\n'
  t.same(keysOf(`${alb}${signed}, algorithm: EdDSA }`), ['identityToken.algorithm'])
  t.same(keysOf(`${alb}${signed} }`), [])
})

t.test('its keys are those of its algorithm', async (t) => {
  const [es, ed] = [makePrivateKey('ES256'), makePrivateKey('EdDSA')]
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ type: 'pkcs8', format: 'pem' })
  const keysFor = (pem: string, algorithm: string) =>
    issuesOf({ yaml: `${POOL}${signed}, keyFile: /keys, algorithm: ${algorithm} }`, files: { '/keys': pem } }).map(
      ({ key }) => key,
    )
  t.same([keysFor(es, 'ES256'), keysFor(es + es, 'ES256'), keysFor(ed, 'EdDSA')], [[], [], []])
  for (const pem of [ed, es + ed, String(rsa), '', 'nothing']) t.same(keysFor(pem, 'ES256'), ['identityToken.keyFile'])
  t.same(keysFor(es, 'EdDSA'), ['identityToken.keyFile'])
})
