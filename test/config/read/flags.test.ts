import t from 'tap'
import { flagNames } from '../../../src/config/table/option.ts'
import { OPTIONS } from '../../../src/config/table/options.ts'
import { issuesOf, load, POOL } from '../loading.ts'

t.test('flags are the keys in kebab-case', async (t) => {
  const expected = {
    listen: ['--listen'],
    'ops.listen': ['--ops-listen'],
    'upstream.connectTimeout': ['--upstream-connect-timeout'],
    'upstream.url': ['--upstream-url', '--upstream'],
    'userPools[].id': ['--user-pool-id'],
    'userPools[].clientIds': ['--user-pool-client-ids', '--client-id'],
    routes: ['--routes'],
    'routes[].path': [],
  }
  for (const [path, names] of Object.entries(expected)) {
    const option = OPTIONS.find((candidate) => candidate.path === path)
    t.same(option && flagNames(option), names, path)
  }
})

t.test('values stand behind the flag or after =', async (t) => {
  const argv = ['--log-level', 'debug', '--listen=:80', '--upstream-connect-timeout', '3s', '--routes', '[{path: /a}]']
  const { config } = load({ yaml: POOL, argv })
  t.equal(config.log.level, 'debug')
  t.equal(config.listen.port, 80)
  t.equal(config.upstream.connectTimeoutMs, 3000)
  t.match(config.routes, [{ path: '/a' }])
})

t.test('a switch alone means true, and takes true or false', async (t) => {
  const cases = [
    [['--log-access'], true],
    [['--log-access', '--listen', ':80'], true],
    [['--log-access', 'false'], false],
    [['--log-access=false'], false],
    [['--log-access=true'], true],
  ] as const
  for (const [argv, expected] of cases) {
    t.equal(load({ yaml: `${POOL}log: { access: ${!expected} }`, argv }).config.log.access, expected, argv.join(' '))
  }
  t.match(issuesOf({ yaml: POOL, argv: ['--log-access', 'maybe'] }), [
    { key: 'log.access', source: 'flag --log-access', found: 'maybe', fix: '--log-access true' },
  ])
})

t.test('a list may be given several times, of anything else the last counts', async (t) => {
  const argv = ['--client-id', 'a,b', '--client-id', 'c', '--log-level', 'warn', '--log-level', 'error']
  const { config } = load({ yaml: POOL, argv })
  t.same(config.userPools[0]?.clientIds, ['a', 'b', 'c'])
  t.equal(config.log.level, 'error')
})

t.test('a flag never swallows the next flag as its value', async (t) => {
  const issues = issuesOf({ yaml: POOL, argv: ['--listen', '--log-level', 'loud'] })
  t.match(issues, [
    { key: '--listen', expected: 'a value behind the flag' },
    { key: 'log.level', found: 'loud' },
  ])
})

t.test('an empty value is a bad value', async (t) => {
  t.match(issuesOf({ yaml: POOL, argv: ['--listen='] }), [{ key: 'listen', source: 'flag --listen', found: 'nothing' }])
  t.match(issuesOf({ yaml: POOL, argv: ['--client-id', ''] }), [{ key: 'userPools[0].clientIds[0]' }])
})

t.test('unknown flags are errors that name the nearest one', async (t) => {
  t.match(issuesOf({ yaml: POOL, argv: ['--loglevel', 'debug'] }), [
    { key: '--loglevel', expected: '--log-level', fix: '--log-level debug' },
  ])
  t.match(issuesOf({ yaml: POOL, argv: ['--conifg'] }), [{ fix: '--config …' }])
  t.match(issuesOf({ yaml: POOL, argv: ['--nothing-like-it'] }), [{ fix: 'cogate --help' }])
  t.match(issuesOf({ yaml: POOL, argv: ['-v'] }), [{ key: '-v' }])
})

t.test('flags of other programs are answered with ours, and the value as ours takes it (FLD-18)', async (t) => {
  const cases = [
    [['--port', '80'], '--listen 0.0.0.0:80'],
    [['-p', '80'], '--listen 0.0.0.0:80'],
    [['--host', '127.0.0.1'], '--listen 127.0.0.1:8181'],
    [['--host=::1'], "--listen '[::1]:8181'"],
    [['-c', 'my gate.yaml'], "--config 'my gate.yaml'"],
    [['--target', 'app:3000'], '--upstream http://app:3000'],
    [['--log-levle', 'Warning'], '--log-level warn'],
    [['--no-log-access'], 'cogate --help'],
    [['--port'], '--listen …'],
    [['--rotes', '[]'], '--routes …'],
  ] as const
  for (const [argv, fix] of cases) t.match(issuesOf({ yaml: POOL, argv }), [{ key: argv[0].split('=')[0], fix }])
})

t.test('words that belong to no flag are errors', async (t) => {
  t.match(issuesOf({ yaml: POOL, argv: ['stray', '--listen=:80', 'other', '--', '--log-access'] }), [
    { key: 'stray', expected: 'flags only' },
    { key: 'other' },
    { key: '--log-access' },
  ])
})

t.test('a slip in a flag of the command itself is answered with that flag, without its value', async (t) => {
  const commandFlags = { '--token-file': 'value', '--offline': 'switch' } as const
  const cases = [
    [['--token', 'hunter2'], '--token-file …'],
    [['--offlin'], '--offline'],
    [['--log-levl', 'debug'], '--log-level debug'],
  ] as const
  for (const [argv, fix] of cases) {
    const issues = issuesOf({ yaml: POOL, argv, commandFlags })
    t.match(issues, [{ key: argv[0], fix }], argv.join(' '))
    t.notMatch(JSON.stringify(issues), /hunter2/)
  }
})

t.test('a file without its flag is told the flag', async (t) => {
  t.match(issuesOf({ yaml: POOL, argv: ['my gate.yaml'] }), [{ fix: "--config 'my gate.yaml'" }])
  t.match(issuesOf({ yaml: POOL, argv: ['run'] }), [{ fix: 'cogate --help' }])
})

t.test('two configuration files are refused: nothing would be read of the first', async (t) => {
  t.match(issuesOf({ yaml: POOL, argv: ['--config', 'second.yaml'] }), [
    {
      key: '--config',
      found: 'cogate.yaml and second.yaml',
      expected: 'one file: files are not joined',
      fix: '--config second.yaml',
    },
  ])
  t.same(issuesOf({ yaml: POOL, argv: ['--config', 'cogate.yaml'] }), [], 'the same file twice is one file')
})

t.test('the value of a flag whose name says secret is not shown, whatever flag is near', async (t) => {
  for (const argv of [
    ['--redis-password', 'hunter2'],
    ['--redis-password=hunter2'],
    ['--redis-pasword-file', 'hunter2'],
  ]) {
    const issues = issuesOf({ yaml: POOL, argv })
    t.match(issues, [{ fix: '--redis-password-file …' }], String(argv[0]))
    t.notMatch(JSON.stringify(issues), 'hunter2')
  }
})

t.test('what may be a secret of an unknown flag is not shown as the value of the flag that is like it', async (t) => {
  for (const word of ['password', 'pass', 'pwd', 'token', 'key', 'auth', 'authorization', 'header', 'credentials']) {
    const issues = issuesOf({ yaml: POOL, argv: [`--upstream-${word}`, 'hunter2'] })
    t.match(issues, [{ fix: '--upstream …' }], word)
    t.notMatch(JSON.stringify(issues), 'hunter2')
  }
  const slip = ['--upstraem', 'http://app:8080']
  t.match(issuesOf({ yaml: POOL, argv: slip }), [{ fix: '--upstream http://app:8080' }], 'nothing else is hidden')
  t.match(issuesOf({ yaml: POOL, argv: ['--auth-relm', 'shop'] }), [{ fix: '--auth-realm shop' }])
})
