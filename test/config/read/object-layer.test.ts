import t from 'tap'
import { loadObject } from '../../../src/config/load.ts'
import { readObjectLayer } from '../../../src/config/read/object-layer.ts'
import { ConfigError } from '../../../src/errors.ts'

const layerOf = (object: unknown) => readObjectLayer(object, 'options', () => false)

t.test('the object is copied, and what JSON cannot hold is no value of any key', async (t) => {
  const routes = [{ path: '/a' }]
  const { data } = layerOf({ routes })
  routes.push({ path: '/b' })
  t.same(data, { routes: [{ path: '/a' }] })
  const odd = { a: new Map(), b: () => 1, c: Symbol('x'), d: 1n, e: new Date(), f: Object.create({ g: 1 }) }
  for (const value of Object.values((layerOf(odd).data ?? {}) as object)) t.type(value, 'symbol')
  const bare = Object.assign(Object.create(null), { level: 'info' })
  t.same(layerOf({ log: bare }).data, { log: { level: 'info' } })
})

t.test('undefined, null and holes are keys without a value', async (t) => {
  // biome-ignore lint/suspicious/noSparseArray: what is tested
  t.same(layerOf({ a: undefined, b: null, c: [undefined, , 1] }).data, { a: null, b: null, c: [null, null, 1] })
  t.same(layerOf(undefined).data, null)
})

t.test('an object that holds itself ends', async (t) => {
  const circle: Record<string, unknown> = {}
  circle['routes'] = [circle]
  t.throws(() => load(circle), ConfigError)
})

t.test('a place is named, with the text of its value', async (t) => {
  const { locate } = layerOf({ workers: 2, listen: ':80', tls: {}, routes: [{ path: '/a' }], log: Symbol('x') })
  const at = (...path: (string | number)[]) => locate(path).text
  t.same(
    [at('workers'), at('listen'), at('routes'), at('tls'), at('nothing'), at('log')],
    ['2', ':80', '[{"path":"/a"}]', '', '', ''],
  )
  t.match(locate(['routes', 0, 'path'], 'key'), { kind: 'object', name: 'options', text: 'path' })
})

function load(data: unknown, env = {}) {
  return loadObject({
    data,
    name: 'options',
    env,
    refuse: ([key]) => (key === 'listen' ? 'no such key here' : undefined),
  })
}

function issuesOf(data: unknown, env = {}): readonly string[] {
  try {
    load(data, env)
    return []
  } catch (error) {
    return (error as ConfigError).issues.map(({ key, source, found, fix }) => [key, source, found, fix].join(' | '))
  }
}

const userPools = [{ id: 'eu-west-1_AbCdEfGhI', clientIds: ['client1'] }]

t.test('values are checked as in a file, and mistakes are written as an object has them', async (t) => {
  t.match(load({ userPools, clockTolerance: '5s' }), { clockToleranceMs: 5000, userPools })
  t.same(issuesOf({ userPools, clockTolerance: 5, listen: ':80', cors: { allowOrigins: ['x'] } }), [
    'listen | options | listen | // delete listen',
    'clockTolerance | options | 5 | clockTolerance: "5s"',
    'cors.allowOrigins[0] | options | x | "https://x"',
  ])
  t.match(issuesOf({ userPools, routes: [{ path: '/a', groups: undefined }] }), [
    /^routes\[0\]\.groups .* a key without a value/,
  ])
  t.match(issuesOf([]), [/^config /])
})

t.test('of the environment the proxy is read, and nothing else', async (t) => {
  const env = { HTTPS_PROXY: 'http://127.0.0.1:3128', COGATE_LISTEN: 'nonsense', COGATE_WORKERS: '7' }
  t.match(load({ userPools }, env), { proxy: { url: 'http://127.0.0.1:3128/' }, workers: 1 })
  t.match(issuesOf({ userPools }, { HTTPS_PROXY: 'ftp://x' }), [/^HTTPS_PROXY /])
})
