/**
 * The image, built from the Dockerfile on stand-in bases and run as an engine would: no root, nothing writable, process id
 * 1. What the real bases hold besides Node.js is not looked at.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { readPage, readRepositoryFile } from '../docs/pages.ts'
import { missingLines, readSteps, runSteps } from '../docs/steps.ts'
import { gateEnvironment } from '../helpers/gateway.ts'
import type { Buildah, Image } from '../helpers/image/buildah.ts'
import { openBuildah, openImage, runContainer, skipImages } from '../helpers/image/buildah.ts'
import type { Service } from '../helpers/image/compose.ts'
import { makeDocker, readServices, startServices } from '../helpers/image/compose.ts'
import { makeBuildBase, makeRuntimeBase, readSetting } from '../helpers/image/stand-ins.ts'
import { startTestIssuer } from '../helpers/issuer.ts'
import { findFreePort } from '../helpers/listen.ts'
import { startUpstream } from '../helpers/upstream.ts'

const repository = fileURLToPath(new URL('../..', import.meta.url))
const skip = skipImages()

// npm takes its time where others work too.
t.setTimeout(600_000)

let image: Image
/** Of the base of the last stage. */
let baseFiles: ReadonlySet<string>
t.before(() => {
  if (skip) return
  const buildah = openBuildah(t)
  const base = makeRuntimeBase(buildah)
  baseFiles = new Set(listFiles(openImage(buildah, base).root))
  image = buildImage(buildah, { BUILD_IMAGE: makeBuildBase(buildah), RUNTIME_IMAGE: base })
})

function buildImage(buildah: Buildah, bases: Readonly<Record<string, string>>): Image {
  const own = Object.entries(bases).flatMap(([name, base]) => ['--build-arg', `${name}=${base}`])
  const cache = ['--volume', `${readSetting('cache')}:/root/.npm`]
  const how = ['--isolation', 'chroot', '--pull-never', '--format', 'docker', '--quiet']
  buildah.run('bud', ...how, ...own, ...cache, '--tag', 'localhost/cogate', repository)
  return openImage(buildah, 'localhost/cogate')
}

function listFiles(root: string): readonly string[] {
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
}

t.test('it holds the build, its licences and its SBOM, and nothing else beside its base', { skip }, async (t) => {
  const added = listFiles(image.root).filter((file) => !baseFiles.has(file))
  const expected =
    /^app\/(?:package\.json|dist\/(?:[\w.-]+\.js|node_modules\/yaml\.js|package\.json|LICENSES\.txt|help\.txt|sbom\.cdx\.json))$/
  t.same(
    added.filter((file) => !expected.test(file)),
    [],
  )
  for (const file of ['main.js', 'LICENSES.txt', 'sbom.cdx.json']) t.ok(added.includes(`app/dist/${file}`), file)
  t.comment(`${image.size}, of which Node.js is the most; ${image.layers} layers; ${added.length} files of cogate`)
})

t.test('it says what it is, and how it is run and asked', { skip }, async (t) => {
  const { version } = JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8')) as { readonly version: string }
  t.match(image.config, {
    User: '65532:65532',
    WorkingDir: '/app',
    Cmd: ['start'],
    ExposedPorts: { '8181/tcp': {}, '9464/tcp': {} },
    Labels: { 'org.opencontainers.image.version': version, 'org.opencontainers.image.licenses': 'MIT' },
    Healthcheck: { Test: ['CMD', '/nodejs/bin/node', '/app/dist/main.js', 'health'] },
  })
  t.ok(image.config.Healthcheck.Timeout > 2e9, 'the check ends by itself before it is ended')
})

const writable = `
const { accessSync, constants, readdirSync } = require('node:fs')
const found = []
const look = (folder) => {
  try { accessSync(folder, constants.W_OK); found.push(folder) } catch {}
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = (folder === '/' ? '' : folder) + '/' + entry.name
    if (path === '/proc') continue
    if (entry.isDirectory()) try { look(path) } catch {}
    else if (!entry.isSymbolicLink()) try { accessSync(path, constants.W_OK); found.push(path) } catch {}
  }
}
look('/')
console.log(JSON.stringify({ found, uid: process.getuid(), gid: process.getgid(), groups: process.getgroups() }))`

for (const [readOnly, found] of [
  [true, []],
  [false, ['/home/nonroot', '/tmp']],
] as const) {
  t.test(
    `with a root that is ${readOnly ? 'read-only' : 'writable'} its user can write to ${found.join(' and ') || 'nothing'}`,
    { skip },
    async (t) => {
      const look = runContainer(t, image, { readOnly, command: ['/nodejs/bin/node', '-e', writable] })
      t.equal(await look.ended, 0, look.output())
      t.same(JSON.parse(look.output()), { found, uid: 65_532, gid: 65_532, groups: [65_532] })
    },
  )
}

t.test('the demo runs in it, and the health check of the image finds it healthy', { skip }, async (t) => {
  const demo = runContainer(t, image, { args: ['demo'] })
  const text = await demo.printed(/Ctrl-C/)
  const address = (name: string) => new RegExp(`^ {2}${name} +(\\S+)`, 'm').exec(text)?.[1] ?? ''
  const token = await (await fetch(`${address('issuer')}/token.txt?username=alice`)).text()
  t.equal((await fetch(`${address('gate')}/hello`)).status, 401)
  const answer = await fetch(`${address('gate')}/hello`, { headers: { authorization: `Bearer ${token}` } })
  t.equal(answer.status, 200)
  t.match(await answer.text(), '"x-forwarded-user": "alice"')
  const [, ...command] = image.config.Healthcheck.Test
  const check = () => runContainer(t, image, { command, env: { COGATE_OPS_LISTEN: new URL(address('ops')).host } })
  const healthy = check()
  t.equal(await healthy.ended, 0, healthy.output())
  demo.kill('SIGTERM')
  t.equal(await demo.ended, 0)
  t.equal(await check().ended, 1, 'unhealthy when it is gone')
})

t.test('as process 1 it answers what is open after SIGTERM, and exits with 0', { skip }, async (t) => {
  const issuer = await startTestIssuer(t)
  const open = Promise.withResolvers<void>()
  const upstream = await startUpstream(t, async (_request, response) => {
    await open.promise
    response.end('whole')
  })
  const env = gateEnvironment({ issuer, upstream: upstream.url }) as Record<string, string>
  const begun = performance.now()
  const gate = runContainer(t, image, { env })
  const log = await gate.printed(/"msg":"listening"/)
  const startMs = Math.round(performance.now() - begun)
  await gate.printed(/"msg":"keys_changed"/)
  const { listen } = JSON.parse(log.split('\n').find((line) => line.includes('"listening"')) ?? '{}') as {
    listen: string
  }
  const status = readFileSync(`/proc/${gate.pid()}/status`, 'utf8')
  t.match(status, /^NSpid:\t\d+\t1$/m)
  t.match(status, /^Uid:\t65532\t65532\t65532\t65532$/m)
  t.match(status, /^CapEff:\t0+$/m)
  const [, kilobytes = '0'] = /^VmRSS:\s+(\d+) kB$/m.exec(status) ?? []
  t.comment(`listens after ${startMs} ms; ${Math.round(Number(kilobytes) / 1024)} MiB resident`)
  const answer = fetch(listen, { headers: { authorization: `Bearer ${issuer.mintAccessToken()}` } })
  await upstream.received(1)
  gate.kill('SIGTERM')
  await gate.printed(/"msg":"draining"/)
  open.resolve()
  t.equal(await (await answer).text(), 'whole')
  t.equal(await gate.ended, 0, gate.output())
})

t.test('the Compose file runs, and answers as docs/quickstart-docker.md says', { skip }, async (t) => {
  const ports = new Map<string, number>()
  for (const port of ['8080', '8181', '9229', '9464']) ports.set(port, await findFreePort())
  const relocate = (text: string) =>
    text
      .replace('listen(8080)', "listen(8080, '127.0.0.1')")
      .replace('//service:', '//127.0.0.1:')
      .replaceAll(/\b(?:8080|8181|9229|9464)\b/g, (port) => `${ports.get(port)}`)
  const services = readServices(relocate(readRepositoryFile('deploy/compose/compose.yaml')))
  const { cogate, cognito } = services
  // What an image with its own network has by default.
  const listen = { COGATE_LISTEN: relocate('127.0.0.1:8181'), COGATE_OPS_LISTEN: relocate('127.0.0.1:9464') }
  const here = {
    ...services,
    cogate: { ...cogate, environment: { ...cogate?.environment, ...listen } },
    cognito: { ...cognito, command: ['issuer', '--port', relocate('9229')] },
  } as Readonly<Record<string, Service>>
  await startServices(t, image, here)
  const page = readPage('docs/quickstart-docker.md')
  const steps = page.blocks.filter(({ marker }) => marker === 'runs').flatMap(({ text }) => readSteps(relocate(text)))
  const outputs = await runSteps(steps, {
    ...process.env,
    PATH: `${makeDocker(t, image, here)}:${process.env['PATH']}`,
  })
  t.equal(outputs.length, steps.length)
  for (const [index, { command, expected }] of steps.entries()) {
    t.same(missingLines(expected, outputs[index] ?? ''), [], command)
  }
})
