import fc from 'fast-check'
import t from 'tap'
import {
  compileOwnAddress,
  namesLocation,
  redirectDestination,
  relocate,
  relocateLines,
} from '../../src/headers/location.ts'

const fixed = { seed: 20_261_129, numRuns: 2000 }
const own = compileOwnAddress('http://10.0.0.5:8080')
const origins = { caller: 'https://app.example', sent: 'http://app.example', hosts: ['app.example'] }

t.test('the address of the service becomes that of the gate, in every form in which services write it', async (t) => {
  const cases = [
    ['http://10.0.0.5:8080/a?b=c#d', 'https://app.example/a?b=c#d'],
    ['HTTP://10.0.0.5:8080/A', 'https://app.example/A'],
    ['http://10.0.0.5:08080/a', 'https://app.example/a'],
    ['//10.0.0.5:8080/a', 'https://app.example/a'],
    ['http://10.0.0.5:8080', 'https://app.example'],
    ['http://10.0.0.5:8080?x', 'https://app.example?x'],
    ['http://app.example:8080/dir/', 'https://app.example/dir/'],
    ['http://APP.example:8080/dir/', 'https://app.example/dir/'],
    ['https://app.example:8080/dir/', 'https://app.example/dir/'],
  ] as const
  for (const [value, wanted] of cases) t.equal(relocate(value, own, origins), wanted, value)
})

t.test('every other address stays as it is', async (t) => {
  const others = [
    '/a',
    'a/b',
    '',
    '?x',
    'https://app.example/a',
    'http://app.example/a',
    'http://10.0.0.5/a',
    'http://10.0.0.5:80801/a',
    'http://10.0.0.55:8080/a',
    'http://10.0.0.5:8080.evil.example/a',
    'http://10.0.0.5:8080@evil.example/a',
    'http://u:p@10.0.0.5:8080/a',
    'http://10.0.0.5:8080\\@evil.example/a',
    'http:/10.0.0.5:8080/a',
    'ftp://10.0.0.5:8080/a',
    'https://auth.example/login?next=http://10.0.0.5:8080/a',
    'http://evil.example:8080/10.0.0.5',
    'http://app.example.evil.example:8080/a',
    '///10.0.0.5:8080/a',
    ' http://10.0.0.5:8080/a',
  ]
  for (const value of others) t.equal(relocate(value, own, origins), value, value)
})

t.test('the default port of the service may be missing', async (t) => {
  const plain = compileOwnAddress('http://app')
  const secure = compileOwnAddress('https://App')
  t.equal(relocate('http://app/x', plain, origins), 'https://app.example/x')
  t.equal(relocate('http://app:80/x', plain, origins), 'https://app.example/x')
  t.equal(relocate('http://app.example/x', plain, origins), 'https://app.example/x')
  t.equal(relocate('https://app/x', plain, origins), 'https://app/x', 'another port')
  t.equal(relocate('https://app/x', secure, origins), 'https://app.example/x')
  t.equal(relocate('//app/x', secure, origins), 'https://app.example/x')
  t.equal(relocate('http://app/x', secure, origins), 'http://app/x')
  const socket = compileOwnAddress('unix:/run/app.sock')
  t.equal(relocate('http://localhost/x', socket, origins), 'https://app.example/x')
  t.equal(relocate('http://[::1]:99/x', compileOwnAddress('http://[::1]:99'), origins), 'https://app.example/x')
})

t.test('a redirect to TLS under the name of the gate stays: TLS may end before the gate', async (t) => {
  const secure = compileOwnAddress('https://app')
  const seenPlain = { ...origins, caller: 'http://app.example' }
  t.equal(relocate('https://app.example/x', secure, seenPlain), 'https://app.example/x')
  t.equal(relocate('https://app/x', secure, seenPlain), 'http://app.example/x')
})

t.test('without a host of the caller nothing is changed', async (t) => {
  const nameless = { ...origins, caller: undefined, hosts: [''] }
  t.equal(relocate('http://10.0.0.5:8080/a', own, nameless), 'http://10.0.0.5:8080/a')
})

t.test('looks at Location and Content-Location alone, in every case', async (t) => {
  const lines = [
    'LOCATION',
    'http://10.0.0.5:8080/a',
    'Content-location',
    '//10.0.0.5:8080/b',
    'Link',
    '//10.0.0.5:8080/c',
  ]
  const others = ['Warnings', '//10.0.0.5:8080/d', 'content-encoding', '//10.0.0.5:8080/e']
  t.equal(namesLocation(lines), true)
  t.equal(namesLocation(others), false)
  const all = [...lines, ...others]
  relocateLines(all, own, origins)
  t.same(
    all.filter((_, at) => at % 2 === 1),
    ['https://app.example/a', 'https://app.example/b', ...['c', 'd', 'e'].map((name) => `//10.0.0.5:8080/${name}`)],
  )
})

const name = fc.stringMatching(/^[a-z0-9]([a-z0-9.-]{0,20}[a-z0-9])?$/)
const port = fc.option(fc.integer({ min: 1, max: 65_535 }), { nil: undefined })
const path = fc.stringMatching(/^([/?#][!-~]{0,20})?$/)
const url = (scheme: string, host: string, at: number | undefined, rest: string) =>
  `${scheme}//${host}${at === undefined ? '' : `:${at}`}${rest}`
const scheme = fc.constantFrom('http:', 'https:', '', 'HTTP:', 'ftp:')

t.test('no address of a foreign host is ever changed, in either direction', async (t) => {
  const ours = new Set([own.name, 'app.example'])
  const isKept = fc.property(scheme, name, port, path, (scheme, host, at, rest) => {
    const value = url(scheme, host, at, rest)
    if (ours.has(host)) return true
    return relocate(value, own, origins) === value && redirectDestination(value, origins) === value
  })
  t.doesNotThrow(() => fc.assert(isKept, fixed))
})

t.test('whatever is changed names the gate, and keeps path, query and fragment', async (t) => {
  const hosts = fc.constantFrom(own.name, 'app.example')
  const isSound = fc.property(scheme, hosts, port, path, (scheme, host, at, rest) => {
    const value = url(scheme, host, at, rest)
    const changed = relocate(value, own, origins)
    return changed === value || (changed === origins.caller + rest && at === 8080)
  })
  t.doesNotThrow(() => fc.assert(isSound, fixed))
  t.doesNotThrow(() =>
    fc.assert(
      fc.property(fc.string({ unit: 'binary-ascii' }), (value) => {
        const changed = relocate(value, own, origins)
        return changed === value || changed.startsWith(origins.caller)
      }),
      fixed,
    ),
  )
})

t.test('Destination becomes the address that the service knows, where it names the gate', async (t) => {
  const cases = [
    ['https://app.example/a%20b', 'http://app.example/a%20b'],
    ['http://app.example/a', 'http://app.example/a'],
    ['HTTPS://App.Example:443/a', 'http://app.example/a'],
    ['https://app.example', 'http://app.example'],
    ['/a', '/a'],
    ['//app.example/a', '//app.example/a'],
    ['https://app.example:8443/a', 'https://app.example:8443/a'],
    ['https://other.example/a', 'https://other.example/a'],
    ['https://u@app.example/a', 'https://u@app.example/a'],
  ] as const
  for (const [value, wanted] of cases) t.equal(redirectDestination(value, origins), wanted, value)
  const onPort = { ...origins, sent: 'http://10.0.0.5:8080', hosts: ['app.example:8443', 'front.example'] }
  t.equal(redirectDestination('https://app.example:8443/a', onPort), 'http://10.0.0.5:8080/a')
  t.equal(redirectDestination('https://front.example/a', onPort), 'http://10.0.0.5:8080/a')
  t.equal(redirectDestination('https://app.example/a', onPort), 'https://app.example/a')
})

t.test('a path that was rewritten for the service is written back for the caller', async (t) => {
  const own = compileOwnAddress('http://app:9000')
  const origins = { caller: 'https://app.example', sent: 'http://app.example', hosts: ['app.example'] }
  const seen = (value: string, strip: string, add = '') => relocate(value, own, { ...origins, rewrite: { strip, add } })
  t.equal(seen('http://app:9000', '/a'), 'https://app.example/a/')
  t.equal(seen('http://app:9000/x?y', '/a'), 'https://app.example/a/x?y')
  t.equal(seen('/v2', '/a', '/v2'), '/a')
  t.equal(seen('/v2?x', '/a', '/v2'), '/a?x')
  t.equal(seen('/v2x', '/a', '/v2'), '/v2x')
  t.equal(seen('/other', '/a', '/v2'), '/other')
  t.equal(seen('//host/x', '/a'), '//host/x')
  t.equal(seen('x', '/a'), 'x')
})
