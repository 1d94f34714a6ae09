/** Settings that make Node.js less careful than the gate: no command runs with them. */
import t from 'tap'
import { refuseUnsafeSettings } from '../../src/cli/node-settings.ts'
import { ConfigError } from '../../src/errors.ts'
import { runCogate } from '../helpers/cogate-process.ts'

/** The names of the settings that are refused. An unrelated flag and an unrelated variable are set as well. */
function refused(execArgv: readonly string[], env: Readonly<Record<string, string>> = {}): readonly string[] {
  try {
    refuseUnsafeSettings({ execArgv: ['--enable-source-maps', ...execArgv], env: { NODE_ENV: 'production', ...env } })
    return []
  } catch (error) {
    if (error instanceof ConfigError) return error.issues.map(({ key }) => key)
    throw error
  }
}

const inherited = process.env['NODE_OPTIONS'] ?? ''

for (const [how, options] of [
  ['as a flag', { nodeArgs: ['--insecure-http-parser'] }],
  ['in NODE_OPTIONS', { env: { NODE_OPTIONS: `${inherited} --insecure-http-parser` } }],
] as const) {
  for (const command of ['start', 'check', 'demo', 'issuer']) {
    t.test(`${command} with --insecure-http-parser ${how} exits 64 and says what to delete`, async (t) => {
      const { code, stdout, stderr } = await runCogate(t, [command], options)
      t.equal(code, 64)
      t.equal(stdout, '')
      t.match(stderr, /^--insecure-http-parser {2}\((?:flag of Node\.js|environment NODE_OPTIONS)\)$/m)
      t.match(stderr, /^ {2}write +# delete --insecure-http-parser \(/m)
    })
  }
}

t.test('start without verified TLS exits 64, and every such setting is told at once', async (t) => {
  const env = { NODE_TLS_REJECT_UNAUTHORIZED: '0', NODE_OPTIONS: `${inherited} --insecure_http_parser` }
  const { code, stdout, stderr } = await runCogate(t, ['start'], { env })
  t.equal(code, 64)
  t.equal(stdout, '')
  t.match(stderr, /^NODE_TLS_REJECT_UNAUTHORIZED {2}\(environment NODE_TLS_REJECT_UNAUTHORIZED\)$/m)
  t.match(stderr, /^ {2}write +unset NODE_TLS_REJECT_UNAUTHORIZED$/m)
  t.match(stderr, /^--insecure-http-parser {2}\(environment NODE_OPTIONS\)$/m)
})

t.test('help and version are printed all the same', async (t) => {
  for (const flag of ['--help', '--version']) {
    t.equal((await runCogate(t, [flag], { nodeArgs: ['--insecure-http-parser'] })).code, 0, flag)
  }
})

t.test('flags are found in every spelling that Node.js takes', async (t) => {
  for (const flag of ['--insecure-http-parser', '--insecure_http_parser', '--insecure-http-parser=true']) {
    t.same(refused([flag]), ['--insecure-http-parser'], flag)
    for (const text of [flag, `--import x  ${flag}`, `"${flag}"`, `--title="a b" ${flag} --no-warnings`]) {
      t.same(refused([], { NODE_OPTIONS: text }), ['--insecure-http-parser'], text)
    }
  }
  t.same(refused(['--security-revert=CVE-2023-46809']), ['--security-revert'])
})

t.test('a debugger that others can reach is refused, one on loopback is not', async (t) => {
  const open = [
    '0.0.0.0',
    '0.0.0.0:9229',
    '[::]:9229',
    '192.0.2.1',
    'debug.example:1',
    '10.0.0.1:0',
    '127.0.0.1.example',
  ]
  for (const address of open) {
    for (const name of ['--inspect', '--inspect-brk', '--inspect-wait', '--inspect-port', '--debug-port']) {
      t.same(refused([`${name}=${address}`]), [name], `${name}=${address}`)
    }
    t.same(refused(['--inspect-port', address]), ['--inspect-port'], 'as the next word')
  }
  for (const address of [
    '9229',
    '0',
    'localhost',
    'localhost:1',
    '127.0.0.1',
    '127.0.0.2:9229',
    '[::1]:9229',
    '::1:9229',
  ]) {
    t.same(refused([`--inspect=${address}`, '--inspect-port', address]), [], address)
  }
  t.same(refused(['--inspect', '--import', 'x']), [])
})

t.test('other settings are left alone', async (t) => {
  t.same(refused(['--max-semi-space-size=8', '--title=--insecure-http-parser']), [])
  t.same(refused([], { NODE_TLS_REJECT_UNAUTHORIZED: '1', NODE_OPTIONS: '--title="a --insecure-http-parser b"' }), [])
})
