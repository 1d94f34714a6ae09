/**
 * The infrastructure of deploy/cdk: its own checks and tests, the templates that it writes, and whether cogate would start with the
 * variables in them. No AWS account is asked.
 */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { loadConfig } from '../../src/config/load.ts'
import { readRepositoryFile } from '../docs/pages.ts'

const source = fileURLToPath(new URL('../../deploy/cdk', import.meta.url))
// Not in node_modules: there Node.js runs no TypeScript.
const cache = fileURLToPath(new URL('../../.cache/cogate-deploy', import.meta.url))

// It is installed, and packs five functions.
t.setTimeout(600_000)

const lockId = createHash('sha256')
  .update(readRepositoryFile('deploy/cdk/package-lock.json'))
  .digest('hex')
  .slice(0, 16)
const folder = join(cache, `cdk-${lockId}`)

/** Without what the test runner adds to a child of Node.js. */
function run(program: string, args: readonly string[], cwd: string) {
  return spawnSync('env', ['-u', 'NODE_OPTIONS', program, ...args], {
    cwd,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 ** 2,
  })
}

/** The packages of the lock file, installed once; the reason to skip where they cannot be fetched. */
function install(): string | false {
  if (existsSync(folder)) return false
  const fresh = `${folder}-${process.pid}`
  mkdirSync(fresh, { recursive: true })
  for (const file of ['package.json', 'package-lock.json']) cpSync(join(source, file), join(fresh, file))
  const { status, stderr } = run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], fresh)
  if (status === 0) {
    renameSync(fresh, folder)
    return false
  }
  rmSync(fresh, { recursive: true })
  if (process.env['CI'] !== undefined) throw new Error(`npm ci in deploy/cdk ended with ${status}:\n${stderr}`)
  return 'the packages of deploy/cdk cannot be fetched'
}

const skip = install()
if (!skip) {
  for (const part of ['app.ts', 'cdk.json', 'tsconfig.json', 'lib', 'triggers', 'test', 'package.json']) {
    rmSync(join(folder, part), { recursive: true, force: true })
    cpSync(join(source, part), join(folder, part), { recursive: true })
  }
}

t.test('its types are right', { skip }, async (t) => {
  const { status, stdout } = run('node_modules/.bin/tsc', [], folder)
  t.equal(status, 0, stdout)
})

t.test('its own tests pass', { skip }, async (t) => {
  const { status, stdout } = run('npm', ['test'], folder)
  t.equal(status, 0, stdout)
  t.match(stdout, /fail 0/)
})

t.test('cdk synth writes the templates without an account, and finds nothing wrong in them', { skip }, async (t) => {
  rmSync(join(folder, 'cdk.out'), { recursive: true, force: true })
  const { status, stdout, stderr } = run('node_modules/.bin/cdk', ['synth', '--quiet', '--strict'], folder)
  t.equal(status, 0, stderr)
  t.match(stdout + stderr, /Successfully synthesized/)
  t.notMatch(stdout + stderr, /\b(?:WARNING|ERROR)\b/)
})

const clients = { web: '7h57kf5cf8b6sl9rexample', machine: '2m4ch1n3cf8b6sl9rexample' }

type Value = string | Readonly<Record<string, unknown>>

/** What CloudFormation would put there: names of exports tell what they are. */
function resolve(value: Value): string {
  if (typeof value === 'string') return value
  const { 'Fn::Join': join, 'Fn::ImportValue': name } = value
  if (Array.isArray(join)) return (join[1] as Value[]).map(resolve).join(join[0])
  if (/UserPoolWeb/.test(`${name}`)) return clients.web
  if (/UserPoolMachine/.test(`${name}`)) return clients.machine
  return 'ap-northeast-1_AbCdEfGhI'
}

t.test('cogate starts with the variables of the task', { skip }, async (t) => {
  const template = JSON.parse(readFileSync(join(folder, 'cdk.out', 'members-service.template.json'), 'utf8'))
  const tasks = Object.values<{ Type: string; Properties: Record<string, never> }>(template.Resources).filter(
    ({ Type }) => Type === 'AWS::ECS::TaskDefinition',
  )
  const [cogate] = tasks.flatMap(
    ({ Properties }) => Properties['ContainerDefinitions'] as unknown as readonly Container[],
  )
  const named = (cogate?.Environment ?? []).map(({ Name, Value }) => [Name, resolve(Value)] as const)
  const secrets = (cogate?.Secrets ?? []).map(({ Name }) => [Name, 'x'.repeat(64)] as const)
  const { config } = loadConfig({ argv: [], env: Object.fromEntries([...named, ...secrets]) })
  t.match(config.userPools, [{ id: 'ap-northeast-1_AbCdEfGhI', clientIds: [clients.web, clients.machine] }])
  t.equal(config.login.domain, 'https://auth.example.com')
  t.equal(config.publicUrl, 'https://app.example.com')
  t.equal(config.routes.length, 3)
  t.same(
    cogate?.PortMappings.map(({ ContainerPort }) => ContainerPort),
    [config.listen.port],
  )
})

interface Container {
  readonly Environment: readonly { readonly Name: string; readonly Value: Value }[]
  readonly Secrets: readonly { readonly Name: string }[]
  readonly PortMappings: readonly { readonly ContainerPort: number }[]
}

t.test('the root of the repository does not install it', async (t) => {
  t.notMatch(readRepositoryFile('package-lock.json'), /aws-cdk-lib/)
  t.notMatch(readRepositoryFile('package.json'), /workspaces/)
})
