import t from 'tap'
import type { PathForm } from '../../src/config/config.ts'
import { readPath } from '../../src/decide/path.ts'

t.test('a plain path is told from one that has to be looked at', async (t) => {
  for (const target of ['/', '/a', '/a/', '/a-b_c.d/e9', '/.well-known', '/a/b.c.d/']) {
    const isDotted = target.includes('/.')
    t.match(readPath(target), { path: target, isPlain: !isDotted }, target)
  }
  for (const target of ['/A', '/a%20', '/a.', '/a//b', '/a;b', '/a..b', '/a+b', '//a']) {
    t.match(readPath(target), { path: target, isPlain: false }, target)
  }
})

t.test('folds a path for protective rules', async (t) => {
  const folded = [
    ['/a/', '/a'],
    ['/ADMIN', '/admin'],
    ['/%61dmin', '/admin'],
    ['/%41DMIN', '/admin'],
    ['/admin.', '/admin'],
    ['/admin...', '/admin'],
    ['/admin%20', '/admin'],
    ['/admin%2E', '/admin'],
    ['/admin%20./', '/admin'],
    ['/admin./x.', '/admin/x'],
    ['/.well-known/jwks.json', '/.well-known/jwks.json'],
    ['/%EF%BD%81dmin', '/admin'],
    ['/admin%E3%80%80', '/admin'],
    ['/%E2%84%AAey', '/key'],
    ['/%C5%BFecret', '/secret'],
    ['/adm%C4%B1n', '/admin'],
    ['/adm%C4%B0n', '/admin'],
    ['/adm%C4%B0%CC%87n', '/admin'],
    ['/%C4%B0%CC%81', '/\u00ed'],
    ['/stra%C3%9Fe', '/strasse'],
    ['/STRA%E1%BA%9EE', '/strasse'],
    ['/caf%C3%A9', '/café'],
    ['/cafe%CC%81', '/café'],
    ['/caf%E9', '/café'],
    ["/~!$&'()*+,=:@", "/~!$&'()*+,=:@"],
  ] as const
  for (const [target, form] of folded) t.match(readPath(target), { path: target, folded: form }, target)
})

t.test('folding leaves alone what would change where segments begin and end, unless it is allowed', async (t) => {
  const cases = [
    ['/a;b=1', 'semicolon', '/a;b=1', '/a'],
    ['/a;x/b;y', 'semicolon', '/a;x/b;y', '/a/b'],
    ['/a%2Fb', 'encodedSlash', '/a\u0001b', '/a/b'],
    ['/a%EF%BC%8Fb', 'encodedSlash', '/a\u0001b', '/a/b'],
    ['/a//b', 'doubleSlash', '/a/\u0002/b', '/a/b'],
    ['//admin', 'doubleSlash', '/\u0002/admin', '/admin'],
    ['/a/%20/b', 'doubleSlash', '/a/\u0002/b', '/a/b'],
  ] as const
  for (const [target, form, closed, open] of cases) {
    t.match(readPath(target), { folded: closed }, target)
    t.match(readPath(target, new Set<PathForm>([form])), { folded: open }, `${target} with ${form}`)
  }
})

t.test('leaves the query out', async (t) => {
  t.match(readPath('/a?b=/../%2f;//\\'), { path: '/a', folded: '/a' })
  t.match(readPath('/a?'), { path: '/a', folded: '/a' })
  t.match(readPath('/A/?x?y'), { path: '/A/', folded: '/a' })
})

t.test('refuses whatever the rules say what no server reads in one way', async (t) => {
  const faults = {
    'not a path': ['', '*', 'a', '?a', 'http://h/a', '.', 'a/b'],
    'number sign': ['/a#b', '/#', '/a?b#c'],
    'raw byte': ['/a b', '/a\tb', '/a\u0000', '/a\u007f', '/caf\u00e9', '/\u20ac'],
    'malformed escape': ['/%', '/%4', '/a%zz', '/%u002e', '/%-1'],
  }
  for (const [fault, targets] of Object.entries(faults)) {
    for (const target of targets) t.equal(readPath(target), fault, JSON.stringify(target))
  }
})
