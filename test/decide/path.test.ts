import t from 'tap'
import type { PathAllowance } from '../../src/config/config.ts'
import { canonicalisePath } from '../../src/decide/path.ts'

t.test('forwards an accepted path byte for byte and folds it for protective rules', async (t) => {
  const accepted = [
    ['/', '/'],
    ['/a', '/a'],
    ['/a/', '/a'],
    ['/a-b_c.d/e9', '/a-b_c.d/e9'],
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
    ["/~!$&'()*+,=:@", "/~!$&'()*+,=:@"],
  ] as const
  for (const [target, folded] of accepted) t.strictSame(canonicalisePath(target), { path: target, folded }, target)
})

t.test('leaves the query out of path and folded form', async (t) => {
  t.strictSame(canonicalisePath('/a?b=/../%2f;//\\'), { path: '/a', folded: '/a' })
  t.strictSame(canonicalisePath('/a?'), { path: '/a', folded: '/a' })
  t.strictSame(canonicalisePath('/A/?x?y'), { path: '/A/', folded: '/a' })
})

t.test('refuses every target that two servers could read as two paths', async (t) => {
  const classes = {
    'not origin-form': ['', '*', 'a', '?a', 'http://h/a', '//h/a', '.', 'a/b'],
    fragment: ['/a#b', '/#', '/a?b#c', '/%23', '/a%23b'],
    'dot segment': [
      '/.',
      '/..',
      '/./a',
      '/../a',
      '/a/.',
      '/a/..',
      '/a/../b',
      '/a/./b',
      '/%2e',
      '/%2E%2e/a',
      '/a/.%2e/b',
    ],
    'dot segment after NFKC': ['/%E2%80%A5/a', '/%EF%BC%8E/a', '/%EF%BC%8E%EF%BC%8E/a', '/%E2%80%A4/a'],
    'segment of dots and spaces': [
      '/a/..%20/b',
      '/a/.%20',
      '/...',
      '/a/.../b',
      '/%20/a',
      '/a/%20',
      '/a/%20..',
      '/%C2%A0/a',
      '/%E3%80%80',
    ],
    'empty segment': ['//', '//a', '/a//', '/a//b', '/a///b'],
    backslash: ['/a\\b', '/a%5cb', '/a%5Cb', '/%EF%BC%BC', '/%EF%B9%A8'],
    'encoded slash': ['/a%2fb', '/a%2Fb', '/%2f', '/a%2F'],
    'slash after NFKC': ['/a%EF%BC%8Fb', '/%E2%84%85', '/%E2%84%80/b', '/%EF%BC%8F/a', '/a/%EF%BC%8F'],
    'path parameter': ['/a;b', '/a;', '/;', '/a%3bb', '/a%3Bb', '/%CD%BE', '/a%EF%BC%9Bb'],
    'encoded delimiter': ['/a%3fb', '/a%3Fb', '/%25', '/%2561dmin', '/a%25%32%66b'],
    'delimiter after NFKC': [
      '/a%EF%BC%83/b',
      '/a%EF%BC%9F/b',
      '/%EF%BC%85',
      '/%EF%BC%8561dmin',
      '/%EF%B9%9F',
      '/%EF%B9%96',
      '/%EF%B9%AA',
    ],
    control: ['/a%00', '/%0a', '/%0D', '/a%09b', '/%1f', '/%7f', '/%C2%85', '/%C2%80'],
    'malformed escape': ['/%', '/%4', '/a%zz', '/%u002e', '/%-1'],
    'not UTF-8': ['/%ff', '/%C3', '/%C0%AF', '/%ED%A0%80', '/%F4%90%80%80', '/%80'],
    'raw byte': ['/a b', '/a\tb', '/a\u0000', '/a\u007f', '/caf\u00e9', '/\u20ac'],
  }
  for (const [name, targets] of Object.entries(classes)) {
    for (const target of targets) t.equal(canonicalisePath(target), undefined, `${name}: ${JSON.stringify(target)}`)
  }
})

t.test('opens one class at a time', async (t) => {
  const allowed = (...classes: PathAllowance[]): ReadonlySet<PathAllowance> => new Set(classes)
  const opened = [
    ['/a;b=1', 'semicolon', '/a'],
    ['/a%3Bb', 'semicolon', '/a'],
    ['/a;x/b;y', 'semicolon', '/a/b'],
    ['/;/a', 'semicolon', '/a'],
    ['/a.;b', 'semicolon', '/a'],
    ['/a%2Fb', 'encodedSlash', '/a/b'],
    ['/a%EF%BC%8Fb', 'encodedSlash', '/a/b'],
    ['/a//b', 'doubleSlash', '/a/b'],
    ['//admin', 'doubleSlash', '/admin'],
  ] as const
  for (const [target, name, folded] of opened) {
    t.strictSame(canonicalisePath(target, allowed(name)), { path: target, folded }, `${target} with ${name}`)
    for (const other of ['semicolon', 'encodedSlash', 'doubleSlash'] as const) {
      if (other !== name) t.equal(canonicalisePath(target, allowed(other)), undefined, `${target} with ${other}`)
    }
  }
})

t.test('refuses dot segments whatever is opened', async (t) => {
  const allowed: ReadonlySet<PathAllowance> = new Set(['semicolon', 'encodedSlash', 'doubleSlash'])
  const targets = [
    '/a/..;/b',
    '/a/..;x=1/b',
    '/a/.;/b',
    '/..;',
    '/a%2f..%2fb',
    '/a%2f..',
    '/a//../b',
    '/a/..%3b/b',
    '/a/.%20;x/b',
    '/a/%20;x/b',
  ]
  for (const target of targets) t.equal(canonicalisePath(target, allowed), undefined, target)
})
