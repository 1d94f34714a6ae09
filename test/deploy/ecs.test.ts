/** The task definition of ECS against the types of the AWS SDK, the option table and the image. No AWS account is asked. */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import type { Test } from 'tap'
import t from 'tap'
import { loadConfig } from '../../src/config/load.ts'
import { readPage, readRepositoryFile } from '../docs/pages.ts'
import { fetchPackage } from '../helpers/fetched-package.ts'

interface Container {
  readonly name: string
  readonly essential: boolean
  readonly environment?: readonly { readonly name: string; readonly value: string }[]
  readonly portMappings?: readonly { readonly containerPort: number }[]
  readonly dependsOn?: readonly { readonly containerName: string; readonly condition: string }[]
  readonly healthCheck?: Readonly<Record<string, unknown>> & { readonly command: readonly string[] }
  readonly stopTimeout: number
}

const text = readRepositoryFile('deploy/ecs/task-definition.json')
const definition = JSON.parse(text) as { readonly memory: string; readonly containerDefinitions: readonly Container[] }
const [cogate, app] = definition.containerDefinitions
const env = Object.fromEntries((cogate?.environment ?? []).map(({ name, value }) => [name, value]))
const { config } = loadConfig({ argv: [], env })

/** What tsc says of the definition as the request that registers it. */
function checkTypes(t: Test, types: string, json: string): string {
  const source = `import type { RegisterTaskDefinitionRequest } from '${types}'\nexport const task = ${json.trim()} satisfies RegisterTaskDefinitionRequest\n`
  const file = join(t.testdir({ 'task.ts': source }), 'task.ts')
  const flags = [
    '--noEmit',
    '--strict',
    '--skipLibCheck',
    '--ignoreConfig',
    '--module',
    'preserve',
    '--target',
    'es2022',
  ]
  // What the test runner adds to a child of Node.js stops tsc.
  const args = ['-u', 'NODE_OPTIONS', 'tsc', ...flags, '--types', '', file]
  const { status, stdout, stderr } = spawnSync('env', args, { encoding: 'utf8' })
  return `${status} ${stderr}${stdout}`.trim()
}

t.test('it is what the AWS SDK sends to register a task, and no key is unknown', async (t) => {
  const found = fetchPackage(t, '@aws-sdk/client-ecs@3.1164.0')
  if ('skip' in found) {
    t.pass('the types are there', { skip: found.skip })
    return
  }
  const types = join(found.folder, 'dist-types/models/models_1')
  t.equal(checkTypes(t, types, text), '0')
  t.match(checkTypes(t, types, text.replace('"stopTimeout"', '"stopTimeOut"')), /stopTimeOut.* does not exist/)
  t.match(checkTypes(t, types, text.replace('"awsvpc"', '"awsVpc"')), /awsVpc/)
})

t.test('cogate starts with its variables, and opens its traffic port alone', async (t) => {
  t.equal(config.upstream.url, 'http://127.0.0.1:8080')
  t.same(
    cogate?.portMappings?.map(({ containerPort }) => containerPort),
    [config.listen.port],
  )
  t.equal(app?.portMappings, undefined)
})

t.test('cogate has no rights and no place to write', async (t) => {
  t.match(cogate, {
    user: '65532:65532',
    readonlyRootFilesystem: true,
    linuxParameters: { capabilities: { drop: ['ALL'] } },
  })
})

t.test('ECS asks whether cogate is live, within the bounds of ECS and of the command', async (t) => {
  const [, program = ''] = /^ENTRYPOINT (\[.*\])$/m.exec(readRepositoryFile('Dockerfile')) ?? []
  const [node, , main] = JSON.parse(program) as readonly string[]
  t.same(cogate?.healthCheck?.command, ['CMD', node, main, 'health', '--live'])
  t.match(cogate?.healthCheck, { interval: 15, timeout: 3, retries: 3, startPeriod: 20 })
})

t.test('cogate is stopped before the service, and has the time for its drain', async (t) => {
  t.same(cogate?.dependsOn, [{ containerName: app?.name, condition: 'START' }])
  const drainMs = config.drain.delayMs + config.drain.timeoutMs
  t.ok(drainMs + 5000 <= (cogate?.stopTimeout ?? 0) * 1000)
  t.ok((cogate?.stopTimeout ?? 0) <= 120, 'the most that Fargate gives')
  t.ok(cogate?.essential && app?.essential)
})

t.test('the page names the ports of cogate, and its shell blocks are valid shell', async (t) => {
  const { blocks, text } = readPage('docs/quickstart-ecs.md')
  t.match(text, `--port ${config.listen.port} `)
  t.match(text, `--health-check-port ${config.ops.listen.port} `)
  for (const block of blocks.filter(({ language }) => language === 'sh')) {
    t.equal(spawnSync('bash', ['-n', '-c', block.text]).status, 0, `line ${block.line}`)
  }
})
