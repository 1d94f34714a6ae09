/**
 * Attack: a target that one kind of server, framework or file system reads as a protected page, and no other does. A green run
 * proves that each is refused, or decided by the rule of the page.
 */
import t from 'tap'
import { compileMatcher } from '../../src/decide/match.ts'
import { nameForm } from '../../src/decide/resolve.ts'
import { findFor, labelFor, rule } from '../helpers/rules.ts'

const groups = ['admin']
const match = compileMatcher([
  rule('/*', { auth: 'none' }),
  rule('/admin', { groups }),
  rule('/admin/*', { groups }),
  rule('/only/this', { groups }),
  rule('/%E7%A4%BE%E5%86%85/*', { groups }),
  rule('/HR%20files/*', { groups }),
])

/** Who reads the targets as a protected page; the targets. */
const servers: readonly (readonly [string, readonly string[]])[] = [
  [
    'URL parsers take what follows two slashes for a host: new URL(), parse_url(), urlsplit(), java.net.URI',
    ['//x/admin', '//u:p@x:80/admin/y', '///x/admin', '/\\x/admin', '/%5cx/admin', '/%2fx/admin', '/%2f/x/only/this'],
  ],
  [
    'URL parsers drop tabs and line ends wherever they are: WHATWG, Python',
    ['/ad%0Amin', '/%0a/x/admin', '/x/.%09./admin', '/ad%0d%0amin', '/%61d%09min'],
  ],
  [
    'servers that drop NUL and other control characters: Jetty 9.4.40',
    ['/ad%00min', '/x/.%00./admin', '/admin%01', '/%1fadmin'],
  ],
  [
    'expressions whose $ takes a line end at the end, and whose . takes none: Django, PHP, Ruby, Apache',
    ['/admin%0A', '/admin%0a', '/admin%0Ax', '/only/this%0d%0a.css', '/admin/x%0a/y'],
  ],
  [
    'trimmed segments: AntPathMatcher (CVE-2016-5007), strip()',
    ['/%20admin', '/%09admin%09', '/%20admin%20/x', '/admin%C2%85'],
  ],
  [
    'file systems and identifiers that drop invisible characters: HFS+, NFKC_Casefold',
    ['/ad%E2%80%8Cmin', '/ad%C2%ADmin', '/%EF%BB%BFadmin', '/ADM%E2%81%AAIN/x', '/x/.%E2%80%8B./admin'],
  ],
  ['decoders that drop bytes which are not UTF-8', ['/ad%80min', '/%ffadmin/x', '/x/.%fe./admin']],
  [
    'servers that keep bytes, beside a byte that is not UTF-8: nginx, Apache, Go, PHP',
    [
      '/%E7%A4%BE%E5%86%85%5C%80',
      '/%E7%A4%BE%E5%86%85%3F%80',
      '/%E7%A4%BE%E5%86%85%3B%80',
      '/%E7%A4%BE%E5%86%85%00%E9',
    ],
  ],
  [
    'overlong UTF-8, up to six bytes, and %u escapes behind another decoder: IIS, ASP.NET',
    [
      '/%f8%80%80%81%a1dmin',
      '/x/%fc%80%80%80%80%ae./admin',
      '/%25u0061dmin',
      '/x/..%25u002fadmin',
      '/%25u0025u0061dmin',
    ],
  ],
  [
    'code pages of Windows: the nearest letter of the code page',
    ['/x/..%C2%A5admin', '/x/..%E2%82%A9admin', '/x/..%E2%88%95admin', '/x/..%E2%81%84admin', '/x/..%E2%88%96admin'],
  ],
  [
    'path parameters that end with the path, or that only the last segment may have: Shiro, urlparse',
    ['/only/this;/x', '/only/this;a=b/c/d', '/only/this%3b/x', '/x/..;y/only/this;z'],
  ],
  ['sessions in the path: ASP.NET', ['/(S(x))/admin', '/(A(a)S(x))/admin/y', '/(S(x))admin', '/only/(S(x))/this']],
  [
    'streams of NTFS',
    ['/admin::$DATA', '/admin:$I30:$INDEX_ALLOCATION/x', '/admin::$index_allocation/x', '/ADMIN%3A%3A%24data'],
  ],
  [
    'path parameters in the middle: Tomcat, Jetty, Spring',
    ['/x/..;/admin', '/x/..;a=b/admin', '/admin;x', '/;x/admin', '/admin/;y/z'],
  ],
  [
    'encoded dots and slashes, once and twice: proxies, WebLogic',
    ['/x/%2e%2e/admin', '/x%2f..%2fadmin', '/x/%252e%252e/admin', '/x..%252fadmin/../../admin'],
  ],
  [
    'back slashes: IIS, Tomcat, WHATWG',
    ['/x\\..\\admin', '/x/..%5cadmin', '\\admin'.replace(/^/, '/'), '/x/%c1%9c../..%5cadmin'],
  ],
  [
    'names that Windows takes for the same: dots, spaces, letter case',
    ['/admin.', '/admin...', '/admin%20.', '/ADMIN', '/aDmIn%2e/x'],
  ],
  [
    'letters that are the same without case or in NFKC: file systems, IDNA',
    ['/%EF%BD%81dmin', '/ADM%C4%B0N', '/adm%C4%B1n', '/%F0%9D%90%80dmin', '/%E2%93%90dmin/x'],
  ],
  [
    'what is cut at NUL, # and ?: C, mod_rewrite (CVE-2024-38475), WSGI',
    ['/admin%00.png', '/admin%23x', '/admin%3F.css', '/admin%253Fx', '/admin%EF%BC%9Fx'],
  ],
  [
    'slashes that are merged: nginx, Express, Phoenix',
    ['//admin', '/admin//', '/./admin', '/x/.././/admin', '/%2e/admin'],
  ],
  ['half of a character, beside an encoded slash', ['/%25ud800/../admin%252f', '/admin%252f%25ud800']],
  [
    'form decoders, for which + is a space: URLDecoder, urldecode(), unquote_plus()',
    ['/HR+files/x', '/hr+files/x', '/admin+'],
  ],
]

t.test('what one server alone reads as a protected page never meets an open rule', async (t) => {
  for (const [server, targets] of servers) {
    for (const url of targets) t.not(labelFor(match, { url }), '/*', `${server}: ${url}`)
  }
})

t.test('the same forms pass where no protected page is behind them', async (t) => {
  for (const url of [
    ...[
      '//x/y',
      '/a%0Ab',
      '/a%00',
      '/%20a',
      '/a%E2%80%8Cb',
      '/a%80b',
      '/a%25u0061',
      '/1%E2%81%842',
      '/a;b/c;d',
      '/(S(x))/a',
    ],
    ...['/a::$DATA', '/a+b', '/c++', '/%C2%A5100', '/a:b:$c', '/(a)(b)/c', '/%2B1'],
  ]) {
    t.equal(labelFor(match, { url }), '/*', url)
  }
})

t.test('a form that the service is known to read as it came is not looked for', async (t) => {
  const allowed = [
    ['doubleSlash', '//x/only/this'],
    ['plus', '/HR+files/x'],
    ['encodedControl', '/ad%0amin'],
    ['encodedControl', '/admin%0ax'],
    ['semicolon', '/only/this;/x'],
    ['semicolon', '/(S(x))/admin'],
    ['unicode', '/ad%E2%80%8Cmin'],
    ['unicode', '/ad%FFmin'],
    ['trailingSpaces', '/%20admin'],
    ['trailingDots', '/admin::$DATA'],
    ['doubleEncoded', '/%25u0061dmin'],
  ] as const
  for (const [form, url] of allowed) {
    t.equal(labelFor(match, { url }), 'refused', url)
    t.not(labelFor(match, { url }, [form]), 'refused', `${url} with ${form}`)
  }
})

t.test('an allowed form hides no other form, unless that is allowed too', async (t) => {
  const hidden = [
    ['/x/..;/admin', ['semicolon']],
    ['/x/..%3ba=b/admin', ['semicolon']],
    ['/x/.;/..;y/admin', ['semicolon']],
    ['/x/..%2fadmin', ['encodedSlash']],
    ['/x/%2e%2e%2Fadmin', ['encodedSlash']],
    ['/x//../admin', ['doubleSlash']],
    ['/x\\..\\admin', ['backslash']],
    ['/x/y/..;z%2f..%5cadmin', ['semicolon', 'encodedSlash', 'backslash', 'doubleSlash']],
  ] as const
  for (const [url, forms] of hidden) {
    t.match(findFor(match, { url }, forms), { form: 'dotSegments', rules: ['/*', '/admin'] }, url)
    t.not(labelFor(match, { url }, [...forms, 'dotSegments']), 'refused', `${url} with dotSegments`)
  }
  for (const [url, forms] of [
    ['/;/admin', ['semicolon']],
    ['/%2fadmin', ['encodedSlash']],
    ['/%3b;/admin', ['semicolon']],
  ] as const) {
    t.match(findFor(match, { url }, forms), { form: 'doubleSlash', rules: ['/*', '/admin'] }, url)
    t.equal(labelFor(match, { url }, [...forms, 'doubleSlash']), '/admin', `${url} with doubleSlash`)
  }
  for (const [url, forms] of [
    ['/x;y/admin', ['semicolon']],
    ['/x%2fadmin', ['encodedSlash']],
    ['/x//admin', ['doubleSlash']],
    ['/x/..;/y', ['semicolon']],
    ['/x/..%2fy', ['encodedSlash', 'doubleEncoded']],
  ] as const) {
    t.equal(labelFor(match, { url }, forms), '/*', url)
  }
})

t.test('a refusal says in words what is odd about the path', async (t) => {
  const names = [
    ['/ad%ffmin', 'byte that is not UTF-8'],
    ['/ad%E2%80%8Cmin', 'invisible character'],
    ['/x/..%E2%88%95admin', 'division slash'],
    ['/x/..%C2%A5admin', 'yen sign'],
    ['/admin%0a', 'encoded control character'],
    ['/HR+files', 'plus sign'],
  ] as const
  for (const [url, name] of names) {
    const found = findFor(match, { url })
    t.equal(typeof found === 'object' && 'form' in found && nameForm(found), name, url)
  }
})

t.test('a refusal names the form that a reader of the log can allow', async (t) => {
  const forms = [
    ['/HR+files/x', 'plus'],
    ['/ad%0amin', 'encodedControl'],
    ['//x/admin', 'doubleSlash'],
    ['/%20admin', 'trailingSpaces'],
    ['/admin::$DATA', 'trailingDots'],
    ['/only/this;/x', 'semicolon'],
    ['/ad%80min', 'unicode'],
  ] as const
  for (const [url, form] of forms) t.match(findFor(match, { url }), { form }, url)
})

t.test('where a rule has a plus sign, no service takes it for a space', async (t) => {
  const rules = compileMatcher([
    rule('/*', { groups }),
    rule('/c++/*', { auth: 'none' }),
    rule('/g+', { groups: ['staff'] }),
  ])
  for (const [url, label] of [
    ['/c++/x', '/c++/*'],
    ['/g+', '/g+'],
    ['/x+y', '/*'],
  ] as const) {
    t.equal(labelFor(rules, { url }), label, url)
  }
})
