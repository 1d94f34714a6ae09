import fc from 'fast-check'
import t from 'tap'
import { findPathFault } from '../../../src/config/paths/grammar.ts'

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
    ['https://a.example/x', '/x'],
    ['http://a.example', '/'],
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
    ['/a*b/c', '/:name/c'],
    ['/:id(\\d+)', '/:id'],
    ['/(a|b)', '/:name'],
    ['/:', '/:name'],
    ['/:1a', '/:a'],
    ['/:a-b', '/:ab'],
    ['/\ud800', '/'],
  ] as const
  for (const [path, write] of cases) t.equal(findPathFault(path)?.write, write, JSON.stringify(path))
})

t.test('parameters and wildcards of other routers are answered with ours (FLD-02)', async (t) => {
  const cases = [
    ['/admin/{id}', '/admin/:id', 'same'],
    ['/admin/%7Bid%7D', '/admin/:id', 'same'],
    ['/admin/%7bid%7d/x', '/admin/:id/x', 'same'],
    ['/{a}/{b}', '/:a/:b', 'same'],
    ['/admin/<id>', '/admin/:id', 'same'],
    ['/admin/[id]', '/admin/:id', 'same'],
    ['/v1/{name=*}', '/v1/:name', 'same'],
    ['/admin/{1st}', '/admin/:st', 'same'],
    ['/admin/**', '/admin/*', 'same'],
    ['/admin/.*', '/admin/*', 'same'],
    ['/admin/(.*)', '/admin/*', 'same'],
    ['/admin/...', '/admin/*', 'same'],
    ['/admin/{*path}', '/admin/*', 'same'],
    ['/admin/{**path}', '/admin/*', 'same'],
    ['/admin/{path=**}', '/admin/*', 'same'],
    ['/admin/{proxy+}', '/admin/*', 'same'],
    ['/admin/{path...}', '/admin/*', 'same'],
    ['/admin/{path:.*}', '/admin/*', 'same'],
    ['/admin/<path:rest>', '/admin/*', 'same'],
    ['/admin/[...slug]', '/admin/*', 'same'],
    ['/admin/[[...slug]]', '/admin/*', 'same'],
    ['/admin/:rest*', '/admin/*', 'same'],
    ['/admin/:rest(.*)', '/admin/*', 'same'],
    ['/admin/*rest', '/admin/*', 'same'],
    ['/admin/{id?}', '/admin/*', 'wider'],
    ['/admin/:id?', '/admin/*', 'wider'],
    ['/admin/{id:[0-9]+}', '/admin/:id', 'wider'],
    ['/admin/{id:int}', '/admin/:id', 'wider'],
    ['/admin/{id:[^/]+}', '/admin/*', 'wider'],
    ['/admin/<int:id>', '/admin/:id', 'wider'],
    ['/admin/<regex("[a-z]"):id>', '/admin/:id', 'wider'],
    ['/:id(\\d+)', '/:id', 'wider'],
    ['/admin/{id}.json', '/admin/:name', 'wider'],
    ['/admin/*.php', '/admin/:name', 'wider'],
    ['/admin*/x', '/:name/x', 'wider'],
    ['/a/**/b', '/a/*', 'wider'],
    ['/a/{b?}/c', '/a/*', 'wider'],
    ['^/admin/.*$', '/admin/*', 'wider'],
    ['~ ^/admin', '/admin/*', 'wider'],
    ['/a?b=c', '/a', 'wider'],
  ] as const
  for (const [path, write, extent] of cases) {
    t.match(findPathFault(path), { write, isWider: extent === 'wider' }, path)
    t.equal(findPathFault(write), undefined, write)
  }
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
    '{',
    '}',
    '[',
    ']',
    '<',
    '>',
    '{id}',
    '**',
    '^',
    '$',
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
