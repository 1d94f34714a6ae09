/** What a configuration of published metadata needs, and what nobody could use. */
import t from 'tap'
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
