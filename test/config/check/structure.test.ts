import t from 'tap'
import { issuesOf, yamlIssues } from '../loading.ts'

t.test('unknown keys are errors at their own place, with the nearest known one', async (t) => {
  const cases = [
    ['listn: ":80"', 'listn', 'listen: ":80"'],
    ['upstream: { conectTimeout: 5s }', 'upstream.conectTimeout', 'connectTimeout: 5s'],
    ['upstream: { connect_timeout: 5s }', 'upstream.connect_timeout', 'connectTimeout: 5s'],
    ['upstream: { tls: { cafile: /a } }', 'upstream.tls.cafile', 'caFile: /a'],
    ['routes: [{ path: /a, scope: [x] }]', 'routes[0].scope', 'scopes: [x]'],
    [
      'identityHeaders: { set: [{ name: A, claim: b, sep: c }] }',
      'identityHeaders.set[0].sep',
      '# cogate has no key sep',
    ],
    ['jwt: {}', 'jwt', '# cogate has no key jwt'],
    ['__proto__: {}', '__proto__', '# cogate has no key __proto__'],
    ['constructor: 1', 'constructor', '# cogate has no key constructor'],
    ['"a/b~c": 1', 'a/b~c', '# cogate has no key a/b~c'],
  ] as const
  for (const [yaml, key, fix] of cases) {
    t.match(
      yamlIssues(yaml),
      [{ key, source: /^cogate\.yaml:2:\d+$/, found: `the unknown key ${key.split('.').at(-1)}`, fix }],
      yaml,
    )
  }
  t.match(yamlIssues('log:\n  levle: info'), [{ source: 'cogate.yaml:3:3', fix: 'level: info' }])
})

t.test('what stands under an unknown key is shown as the nearest known one takes it', async (t) => {
  const cases = [
    ['routes: [{ path: /a, group: admin }]', 'groups: [admin]'],
    ['routes: [{ path: /a, group: "admin, ops" }]', 'groups: [admin, ops]'],
    ['routes: [{ path: /a, group: 7 }]', 'groups: ["7"]'],
    ['routes: [{ path: /a, group: }]', 'groups: [admin]'],
    ['routes: [{ path: /a, group: {} }]', 'groups: [admin]'],
    ['routes:\n  - path: /a\n    group:\n      - admin\n      - ops', 'groups: [admin, ops]'],
    ['routes: [{ path: /a, scope: api/read }]', 'scopes: [api/read]'],
    ['routes: [{ path: /a, method: GET }]', 'methods: [GET]'],
    ['routes: [{ path: /a, clientId: client1 }]', 'clientIds: [client1]'],
    ['paths: { alow: semicolons }', 'allow: [semicolon]'],
    ['forwarded: { trusted: 10.0.0.1 }', 'trust: [10.0.0.1]'],
    ['upstream: { conectTimeout: 5 }', 'connectTimeout: 5s'],
    ['workrs: "2"', 'workers: 2'],
    ['log:\n  levle:', 'level: info'],
    ['route: { path: /a }', 'routes: [{ path: /a }]'],
    ['route: [{ path: /a }]', 'routes: [{ path: /a }]'],
    ['route:\n  path: /a', 'routes: [{…}]'],
    ['route:\n  - path: /a\n  - path: /b', 'routes: [{…}]'],
    ['route: /a', 'routes: [{…}]'],
    ['upstrem: http://app:3000', 'upstream: http://app:3000'],
    ['upstrem: { url: http://app:3000 }', 'upstream: { url: http://app:3000 }'],
    ['upstrem:\n  url: http://app:3000', 'upstream: {…}'],
  ] as const
  for (const [yaml, fix] of cases) t.match(yamlIssues(yaml), [{ found: /^the unknown key/, fix }], yaml)
})

t.test('words of other programs are answered with ours, and only where the value fits (FLD-18)', async (t) => {
  const cases = [
    ['port: 80', 'listen: 0.0.0.0:80'],
    ['host: 127.0.0.1', 'listen: 127.0.0.1:8181'],
    ['bind: ":80"', 'listen: ":80"'],
    ['backend: app:3000', 'upstream: http://app:3000'],
    ['upstrem: 5', 'upstream: http://127.0.0.1:5'],
    ['path: /a', '# move it to routes[].path'],
    ['aud: [x]', '# move it to userPools[].audience'],
    ['issuer: https://a', '# move it to userPools[].issuer'],
    ['corz: 80', '# cogate has no key corz'],
    ['routes: [{ path: /a, roles: [admin] }]', 'groups: [admin]'],
    ['routes: [{ path: /a, methods: get }]', 'methods: [GET]'],
    ['routes: [{ path: /a, methods: [get, post] }]', '- GET'],
    ['routes: [{ path: /a, method: get }]', 'methods: [GET]'],
    ['routes: [{ path: /a, methods: fetch }]', 'methods: [GET, POST]'],
    ['routes: [{ path: /a, scopes: api/read api/write }]', 'scopes: [api/read, api/write]'],
    ['routes: [{ path: /a, mfa: true }]', '# cogate has no key mfa'],
    ['upstream: tcp://10.0.0.1:8080', 'url: http://10.0.0.1:8080'],
    ['upstream: wss://app', 'url: https://app'],
    ['upstream: fastcgi://app:9000', 'url: http://127.0.0.1:8080'],
    ['clockTolerance: 11m', 'clockTolerance: 10m'],
    ['log: { level: warning }', 'level: warn'],
  ] as const
  for (const [yaml, fix] of cases) t.match(yamlIssues(yaml)[0], { fix }, yaml)
  t.match(issuesOf({ yaml: 'userPools: [{ id: eu-west-1_a, clientIds: [a], aud: x }]' }), [{ fix: 'audience: [x]' }])
})

t.test('a known key in the wrong place is told where it belongs', async (t) => {
  t.match(yamlIssues('clientIds: [a]'), [{ expected: /userPools\[\]\.clientIds/ }])
  t.match(yamlIssues('preserveHost: true'), [{ expected: /upstream\.preserveHost/ }])
  t.match(yamlIssues('upstream: { keyFile: /a }'), [{ expected: /^upstream\.tls\.keyFile, / }])
  t.match(yamlIssues('prefix: /gate'), [{ fix: '# move it to endpoints.prefix' }])
})

t.test('a key of the top that stands in a mapping is told to move to the top', async (t) => {
  t.match(yamlIssues('ops: { log: { level: debug } }')[0], {
    key: 'ops.log',
    expected: 'log at the top of the configuration, that is where it belongs',
    fix: '# move it to the top: log',
  })
  t.match(yamlIssues('limits: { userPools: [] }')[0], { fix: '# move it to the top: userPools' })
  t.match(yamlIssues('tls: { toString: 1 }')[0], { fix: '# cogate has no key toString' })
})

t.test('a key with dots, as documents write it, is told how it is nested', async (t) => {
  const cases = [
    [
      'upstream.responseTimeout: 3s',
      'upstream.responseTimeout',
      '# write responseTimeout inside of upstream: upstream: { responseTimeout: … }',
    ],
    [
      'upstream.tls.caFile: /ca',
      'upstream.tls.caFile',
      '# write caFile inside of upstream.tls: upstream: { tls: { caFile: … } }',
    ],
    ['upstream: { tls.caFile: /ca }', 'upstream.tls.caFile', '# write caFile inside of tls: tls: { caFile: … }'],
    [
      'login.clientSecret: geheim',
      'login.clientSecret',
      '# write clientSecret inside of login: login: { clientSecret: … }',
    ],
  ] as const
  for (const [yaml, key, fix] of cases) {
    const expected = 'nested keys: a dot does not lead into a mapping'
    t.match(yamlIssues(yaml)[0], { key, expected, fix }, yaml)
    t.notMatch(JSON.stringify(yamlIssues(yaml)), 'geheim')
  }
  t.notMatch(yamlIssues('up.stream: 3s')[0], { expected: /nested/ })
  t.notMatch(yamlIssues('routes.path: /a')[0], { expected: /nested/ }, 'a list is no mapping')
})

t.test('keys without a near one list what there is', async (t) => {
  t.match(yamlIssues('cors: { origins: [a] }'), [{ expected: 'one of preflight' }])
})

t.test('bad values are told what belongs there and how to write it', async (t) => {
  const cases = [
    ['listen: 8181', 'listen', '8181', 'listen: 0.0.0.0:8181'],
    ['upstream: { connectTimeout: 5 }', 'upstream.connectTimeout', '5', 'connectTimeout: 5s'],
    ['upstream: { connectTimeout: 5 seconds }', 'upstream.connectTimeout', '5 seconds', 'connectTimeout: 5s'],
    ['upstream: { connectTimeout: forever }', 'upstream.connectTimeout', 'forever', 'connectTimeout: 5s'],
    ['limits: { headers: 16384 }', 'limits.headers', '16384', 'headers: 16KiB'],
    ['limits: { body: 10MB }', 'limits.body', '10MB', 'body: 10MiB'],
    ['limits: { headerCount: "50" }', 'limits.headerCount', '"50"', 'headerCount: 50'],
    ['limits: { connections: unlimited }', 'limits.connections', 'unlimited', 'connections: none'],
    ['log: { access: "yes" }', 'log.access', '"yes"', 'access: true'],
    ['log: { access: off }', 'log.access', 'off', 'access: false'],
    ['log: { access: 7 }', 'log.access', '7', 'access: true'],
    ['log: { level: warning }', 'log.level', 'warning', 'level: warn'],
    ['log: { level: inf }', 'log.level', 'inf', 'level: info'],
    ['upstream: app:3000', 'upstream.url', 'app:3000', 'url: http://app:3000'],
    ['upstream: https://u:p@app:3000/x?y', 'upstream.url', 'https://***@app:3000/x?y', 'url: https://app:3000'],
    ['upstream: /run/app.sock', 'upstream.url', '/run/app.sock', 'url: unix:/run/app.sock'],
    ['upstream: http://app:3000/v2', 'upstream.url', 'http://app:3000/v2', 'url: http://app:3000'],
    ['upstream: { url: 3000 }', 'upstream.url', '3000', 'url: http://127.0.0.1:3000'],
    ['forwarded: { trust: 1 }', 'forwarded.trust', '1', 'trust: [10.0.0.0/8]'],
    ['forwarded: { trust: [2] }', 'forwarded.trust[0]', '2', '- 10.0.0.0/8'],
    ['forwarded: { trust: 10.0.0.0/8 }', 'forwarded.trust', '10.0.0.0/8', 'trust: [10.0.0.0/8]'],
    ['paths: { allow: [] , x: 1 }', 'paths.x', 'the unknown key x', '# cogate has no key x'],
    ['paths: { allow: semicolon }', 'paths.allow', 'semicolon', 'allow: [semicolon]'],
    ['paths: { allow: [semicolons] }', 'paths.allow[0]', 'semicolons', '- semicolon'],
    ['paths: { allow: {} }', 'paths.allow', '{}', 'allow: [encodedSlash]'],
    ['tls: { certFile: " a" }', 'tls.certFile', '" a"', 'certFile: a'],
    ['routes: [{ path: /a, groups: [2024] }]', 'routes[0].groups[0]', '2024', '- "2024"'],
    ['routes: [{ path: /a, groups: [""] }]', 'routes[0].groups[0]', '""', '- admin'],
    ['identityHeaders: { stripPrefixes: [1, ""] }', 'identityHeaders.stripPrefixes[0]', '1', '- x-internal-'],
  ] as const
  for (const [yaml, key, found, fix] of cases) t.match(yamlIssues(yaml)[0], { key, found, fix }, yaml)
})

t.test('mappings and lists of mappings are told apart', async (t) => {
  const cases = [
    ['jwks: 5', 'jwks', /a mapping with the keys refreshInterval/, 'jwks: {refreshInterval: 1h}'],
    ['jwks: []', 'jwks', /a mapping/, 'jwks: {refreshInterval: 1h}'],
    ['upstream: 5', 'upstream', /a mapping with the keys url/, 'upstream: {url: http://127.0.0.1:8080}'],
    ['upstream: { tls: true }', 'upstream.tls', /a mapping/, 'tls: {caFile: /etc/cogate/upstream-ca.pem}'],
    ['routes: { path: /a }', 'routes', /a list of mappings with the keys path/, 'routes: [{path: /a}]'],
    ['routes: { pth: /a }', 'routes', /a list of mappings with the keys path/, 'routes: [{path: /admin/*}]'],
    ['routes: [/a]', 'routes[0]', /a mapping with the keys path/, '- {path: /a}'],
    ['routes: [null]', 'routes[0]', /a mapping/, '- {path: /admin/*}'],
  ] as const
  for (const [yaml, key, expected, fix] of cases) t.match(yamlIssues(yaml), [{ key, expected, fix }], yaml)
})

t.test('a value that is wrong in one place is not reported by the rules as well', async (t) => {
  t.same(
    issuesOf({ yaml: 'userPools: [{ id: 5, clientIds: client1 }]' }).map(({ key }) => key),
    ['userPools[0].id', 'userPools[0].clientIds'],
  )
  t.same(
    issuesOf({ yaml: 'userPools: 5' }).map(({ key }) => key),
    ['userPools'],
  )
})

t.test('what a newcomer means is written out, so that one step is enough', async (t) => {
  const cases = [
    ['forwardAuth: true', 'forwardAuth: {enabled: true}'],
    ['resourceMetadata: false', 'resourceMetadata: {enabled: false}'],
    ['login: { scopes: openid email }', 'scopes: [openid, email]'],
    ['login: { domain: auth.corp.test }', 'domain: https://auth.corp.test'],
    ['login: { domain: auth.corp.test/login }', 'domain: https://auth.corp.test'],
    ['login: { domain: members }', 'domain: https://auth.example.com'],
    ['publicUrl: app.corp.test:8443', 'publicUrl: https://app.corp.test:8443'],
    ['authApi: { minTime: 400 }', 'minTime: 400ms'],
    ['authApi: { minTime: 4 }', 'minTime: 4s'],
    ['authApi: { minTime: 90000 }', 'minTime: 10s'],
    ['routes: [{ path: "https://app.corp.test/a/b" }]', 'path: /a/b'],
    ['routes: [{ path: "http://app.corp.test", groups: [a] }]', 'path: /'],
  ] as const
  for (const [yaml, fix] of cases) {
    const fixes = yamlIssues(yaml).map((issue) => issue.fix)
    t.ok(fixes.includes(fix), `${yaml}: ${fixes.join(' | ')}`)
  }
})

t.test('a secret in the wrong shape is told the right one, and is not shown', async (t) => {
  const secret = 'hunter2hunter2hunter2hunter2hunter2'
  const cases = [
    [`session: { secrets: ${secret} }`, '# write the secret again, as an item of a list: secrets: [ … ]'],
    [`upstream: { headers: [${secret}] }`, '# write it again, by names: headers: { NAME: … }'],
    [`login: { clientSecret: [${secret}] }`, '# write the secret again'],
  ] as const
  for (const [yaml, fix] of cases) {
    const issues = yamlIssues(yaml)
    t.ok(
      issues.some((issue) => issue.fix === fix),
      yaml,
    )
    t.notMatch(JSON.stringify(issues), /hunter2/)
  }
})

t.test(
  'a key that is not set is written as a line of the file, whole where nothing of its mapping is there',
  async (t) => {
    const login = 'publicUrl: https://app.example.com\nroutes: [{ path: /*, auth: login }]\n'
    const cases = [
      ['forwardAuth: { enabled: true }\n', 'forwarded.trust', 'forwarded: {trust: [127.0.0.1]}'],
      [login, 'login.domain', 'login: {domain: https://auth.example.com}'],
      ['forwardAuth: { enabled: true }\nforwarded: { via: true }\n', 'forwarded.trust', 'trust: [127.0.0.1]'],
      [`${login}login: { clientId: client1 }\n`, 'login.domain', 'domain: https://auth.example.com'],
    ] as const
    for (const [yaml, key, fix] of cases) {
      const issue = yamlIssues(yaml).find((each) => each.key === key)
      t.equal(issue?.fix, fix)
      if (fix.includes('{'))
        t.notOk(
          yamlIssues(`${yaml}${fix}\n`).find((each) => each.key === key),
          'it is accepted',
        )
    }
  },
)

t.test('an upstream with a path is told where the path belongs', async (t) => {
  t.match(yamlIssues('upstream: http://app:3000/v2')[0], { expected: /; a path belongs into addPrefix of a rule$/ })
})

t.test('a secret under a name that does not exist is not shown, whatever key is near', async (t) => {
  const cases = [
    ['redis: { password: hunter2 }', 'passwordFile: …'],
    ['redis: { pass: hunter2 }', 'passwordFile: …'],
    ['redis: { passwd: hunter2 }', 'passwordFile: …'],
    ['session: { redis: { password: hunter2 } }', 'url: …'],
  ] as const
  for (const [yaml, fix] of cases) {
    const [issue] = yamlIssues(yaml)
    t.notMatch(JSON.stringify(issue), 'hunter2', yaml)
    t.match(issue, { fix }, yaml)
  }
})

t.test('words of other programs lead to the key of the mapping in which they stand', async (t) => {
  const cases = [
    ['cors: { origins: [https://a] }', 'allowOrigins: [https://a]'],
    ['session: { ttl: 3h }', 'absolute: 3h'],
    ['session: { maxAge: 3h }', 'absolute: 3h'],
    ['login: { url: https://a }', 'domain: https://a'],
    ['redis: { host: a }', 'url: …'],
    ['timeout: 3s', '# move it to upstream.responseTimeout'],
    ['trustedProxies: [10.0.0.0/8]', '# move it to forwarded.trust'],
    ['trustProxy: true', '# move it to forwarded.trust'],
    ['clientId: x', '# move it to userPools[].clientIds'],
    ['rules: [{ path: /a }]', 'routes: [{ path: /a }]'],
  ] as const
  for (const [yaml, fix] of cases) t.match(yamlIssues(yaml)[0], { fix }, yaml)
})

t.test('a name that several mappings have is not guessed', async (t) => {
  t.match(yamlIssues('headers: { a: b }')[0], {
    expected: 'limits.headers or upstream.headers, where headers is a key',
    fix: '# move it to limits.headers or upstream.headers',
  })
})
