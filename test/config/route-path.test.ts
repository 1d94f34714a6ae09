import fc from 'fast-check'
import t from 'tap'
import { findPathFault } from '../../src/config/route-path.ts'

t.test('literals, parameters and a final * are a path', async (t) => {
  const paths = [
    '/',
    '/*',
    '/healthz',
    '/admin/*',
    '/admin/',
    '/users/:id/files',
    '/users/:id/*',
    '/v1/things:batch',
    '/.well-known/x',
    '/a.b/c-d_e~f',
    "/a!$&'+,=@b",
    '/%C3%A4',
    '/a%20b',
    '/a%2Cb',
    '/Admin',
  ]
  for (const path of paths) t.equal(findPathFault(path), undefined, path)
})

t.test('every other path is refused with the path that was meant', async (t) => {
  const cases = [
    ['', '/'],
    ['admin', '/admin'],
    ['*', '/*'],
    ['https://a.example/x', '/https:/a.example/x'],
    ['/a?b=c', '/a'],
    ['/a#b', '/a'],
    ['/a\\b', '/a/b'],
    ['/a;v=1/b', '/a/b'],
    ['/a//b', '/a/b'],
    ['//a', '/a'],
    ['/a/./b', '/a/b'],
    ['/a/../b', '/a/b'],
    ['/%2e%2e/b', '/b'],
    ['/%61dmin', '/admin'],
    ['/a%2Db', '/a-b'],
    ['/a%2Fb', '/ab'],
    ['/a%5cb', '/ab'],
    ['/a%00', '/a'],
    ['/a%', '/a'],
    ['/%FF', '/'],
    ['/%c3%a4', '/%C3%A4'],
    ['/ä', '/%C3%A4'],
    ['/a b', '/a%20b'],
    ['/a|b', '/a%7Cb'],
    ['/a.', '/a'],
    ['/a%20', '/a'],
    ['/%EF%BC%A1', '/A'],
    ['/a\u0308', '/%C3%A4'],
    ['/admin*', '/admin/*'],
    ['/a/*/b', '/a/:name/b'],
    ['/a*b/c', '/ab/c'],
    ['/:id(\\d+)', '/:id'],
    ['/(a|b)', '/'],
    ['/:', '/:name'],
    ['/:1a', '/:a'],
    ['/:a-b', '/:ab'],
    ['/\ud800', '/'],
  ] as const
  for (const [path, write] of cases) t.equal(findPathFault(path)?.write, write, JSON.stringify(path))
})

t.test('the correction of any text is a path', async () => {
  const part = fc.constantFrom(
    '/',
    '/',
    'a',
    '.',
    '..',
    '*',
    ':',
    ':id',
    '%2e',
    '%2F',
    '%ff',
    '%',
    ';',
    '//',
    'Ä',
    ' ',
    '(',
    ')',
    '\\',
    '?',
  )
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(part).map((parts) => parts.join('')),
  )
  fc.assert(
    fc.property(text, (path) => findPathFault(findPathFault(path)?.write ?? path) === undefined),
    { numRuns: 2000 },
  )
})
