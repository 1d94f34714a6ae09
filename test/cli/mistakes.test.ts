/**
 * Mistakes that users make, in a real process. Each message names the key, where it is, what was found and what to
 * write. The snapshot holds the whole text, so that a reviewer can read it like a user.
 */
import { createServer } from 'node:net'
import t from 'tap'
import { runCogate } from '../helpers/cogate-process.ts'
import { listenOnLoopback } from '../helpers/listen.ts'

const validFile = `
upstream:
  url: http://127.0.0.1:8080
userPools:
  - id: eu-west-1_AbCdEfGhI
    clientIds: [7h57kf5cf8b6sl9rexample]
routes:
  - path: /healthz
    auth: none
`.trimStart()

interface Mistake {
  readonly what: string
  /** The valid file with one place changed. */
  readonly file?: readonly [right: string, wrong: string]
  readonly env?: Readonly<Record<string, string>>
  readonly configFile?: string
  readonly key: string
  readonly source: string
  readonly found: string
  readonly write: string
}

const mistakes: readonly Mistake[] = [
  {
    what: 'a pool id with a hyphen for its underscore',
    file: ['eu-west-1_AbCdEfGhI', 'eu-west-1-AbCdEfGhI'],
    key: 'userPools[0].id',
    source: 'cogate.yaml:4:9',
    found: 'eu-west-1-AbCdEfGhI',
    write: 'id: eu-west-1_AbCdEfGhI',
  },
  {
    what: 'a misspelt key',
    file: ['  url: http://127.0.0.1:8080', '  url: http://127.0.0.1:8080\n  conectTimeout: 3s'],
    key: 'upstream.conectTimeout',
    source: 'cogate.yaml:3:3',
    found: 'conectTimeout',
    write: 'connectTimeout: 3s',
  },
  {
    what: 'a number without its unit',
    file: ['  url: http://127.0.0.1:8080', '  url: http://127.0.0.1:8080\n  responseTimeout: 60'],
    key: 'upstream.responseTimeout',
    source: 'cogate.yaml:3:20',
    found: '60',
    write: 'responseTimeout: 60s',
  },
  {
    what: 'two rules for one path',
    file: [
      '    auth: none',
      '    auth: none\n  - path: /admin\n    groups: [admin]\n  - path: /Admin\n    groups: [root]',
    ],
    key: 'routes[2].path',
    source: 'cogate.yaml:11:11',
    found: '/Admin',
    write: '# join it with routes[1], or give it other methods',
  },
  {
    what: 'a line that is indented less than its neighbours',
    file: ['    clientIds:', '   clientIds:'],
    key: 'config',
    source: 'cogate.yaml:5:1',
    found: 'Sequence item without - indicator',
    write: '# indent this line like its neighbours',
  },
  {
    what: 'a tab in front of a key',
    file: ['    clientIds:', '\tclientIds:'],
    key: 'config',
    source: 'cogate.yaml:5:1',
    found: 'Tabs are not allowed',
    write: '# indent with blanks, not with tabs',
  },
  {
    what: 'a key without its colon',
    file: ['upstream:\n', 'upstream\n'],
    key: 'config',
    source: 'cogate.yaml:1:1',
    found: 'Implicit keys need to be on a single line',
    write: '# indent the lines alike, and write "key: value" with a blank',
  },
  {
    what: 'a bracket that is not closed',
    file: ['[7h57kf5cf8b6sl9rexample]', '[7h57kf5cf8b6sl9rexample'],
    key: 'config',
    source: 'cogate.yaml:6:1',
    found: 'Flow sequence in block collection',
    write: '# close the bracket or the quote',
  },
  {
    what: 'the issuer of the user pool for the domain where people sign in',
    file: [
      'routes:',
      'publicUrl: https://app.example.com\nlogin:\n  domain: https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbCdEfGhI\n  clientId: 7h57kf5cf8b6sl9rexample\nroutes:',
    ],
    env: { COGATE_SESSION_SECRETS: '0123456789abcdef'.repeat(4) },
    key: 'login.domain',
    source: 'cogate.yaml:8:11',
    found: 'https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbCdEfGhI',
    write: 'domain: https://auth.example.com',
  },
  {
    what: 'a configuration file that is not there',
    configFile: 'cogate.yml',
    key: 'config',
    source: 'flag --config',
    found: 'cogate.yml, which does not exist',
    write: '--config /etc/cogate/cogate.yaml',
  },
  {
    what: 'a key file that cannot be read',
    file: ['    clientIds:', '    jwksFile: keys\n    clientIds:'],
    key: 'userPools[0].jwksFile',
    source: 'cogate.yaml:5:15',
    found: 'keys, which is a directory',
    write: '# name a file that is there, or let this user read it',
  },
  {
    what: 'keys over plain http from a public host',
    file: ['    clientIds:', '    jwksUri: http://keys.example.com/jwks.json\n    clientIds:'],
    key: 'userPools[0].jwksUri',
    source: 'cogate.yaml:5:14',
    found: 'http://keys.example.com/jwks.json',
    write: 'jwksUri: https://keys.example.com/jwks.json',
  },
  {
    what: 'a star for the app clients',
    file: ['[7h57kf5cf8b6sl9rexample]', '["*"]'],
    key: 'userPools[0].clientIds[0]',
    source: 'cogate.yaml:5:17',
    found: '"*"',
    write: '- 7h57kf5cf8b6sl9rexample',
  },
  {
    what: 'a rule for an app client that the user pool does not list',
    file: ['    auth: none', '    auth: none\n  - path: /batch/*\n    clientIds: [7h57kf5cf8b6sl9exampel]'],
    key: 'routes[1].clientIds[0]',
    source: 'cogate.yaml:10:17',
    found: '7h57kf5cf8b6sl9exampel',
    write: '- 7h57kf5cf8b6sl9rexample',
  },
  {
    what: 'a misspelt environment variable',
    env: { COGATE_CLIENT_IDS: '7h57kf5cf8b6sl9rexample' },
    key: 'COGATE_CLIENT_IDS',
    source: 'environment COGATE_CLIENT_IDS',
    found: 'a variable that cogate does not know',
    write: 'COGATE_CLIENT_ID=…',
  },
]

for (const { what, file, env, configFile, key, source, found, write } of mistakes) {
  t.test(`${what}: exit code 64, and the message tells how to write it`, async (t) => {
    const text = file ? validFile.replace(...file) : validFile
    const cwd = t.testdir({ 'cogate.yaml': text, keys: {} })
    const argv = ['start', '--config', configFile ?? 'cogate.yaml']
    const { code, stdout, stderr } = await runCogate(t, argv, { cwd, ...(env && { env }) })
    t.equal(code, 64)
    t.equal(stdout, '')
    const [heading = '', ...lines] = stderr.trimEnd().split('\n')
    t.equal(heading, `${key}  (${source})`)
    const says = Object.fromEntries(lines.map((line) => [line.slice(2, 10).trim(), line.slice(12)]))
    t.match(says['found'], found)
    t.match(says['expected'], /\w/)
    t.equal(says['write'], write)
    t.matchSnapshot(stderr)
  })
}

t.test('a port that is in use: exit code 1, and the message tells what to do', async (t) => {
  const { port } = await listenOnLoopback(t, createServer())
  const cwd = t.testdir({ 'cogate.yaml': validFile })
  const env = {
    COGATE_LISTEN: `127.0.0.1:${port}`,
    COGATE_OPS_LISTEN: '127.0.0.1:0',
    COGATE_USER_POOL_JWKS_URI: 'http://127.0.0.1:1/jwks.json',
  }
  const { code, stdout, stderr } = await runCogate(t, ['start', '--config', 'cogate.yaml'], { cwd, env })
  t.equal(code, 1)
  t.equal(stdout, '')
  t.match(stderr, `127.0.0.1:${port}`)
  t.matchSnapshot(stderr.replaceAll(String(port), 'PORT'))
})

t.test('the file without a mistake is fine', async (t) => {
  const cwd = t.testdir({ 'cogate.yaml': validFile })
  const { code, stderr } = await runCogate(t, ['check', '--offline', '--config', 'cogate.yaml'], { cwd })
  t.equal(code, 0)
  t.equal(stderr, '')
})
