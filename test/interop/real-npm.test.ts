/**
 * A registry of npm packages behind a gate with three rules and without `paths.allow`, used by the real npm. Needs the
 * network the first time, so it is no part of `npm test`.
 */
import { execFile } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { gated } from '../helpers/services/gated.ts'
import { makeFolder } from '../helpers/services/service.ts'
import { startVerdaccio } from '../helpers/services/verdaccio.ts'

const execute = promisify(execFile)

/** npm with the token of the caller, as `npm login` leaves it in a file. */
function npmFor(folder: string, registry: string, token: string) {
  const npmrc = join(folder, 'npmrc')
  writeFileSync(npmrc, `registry=${registry}/\n${registry.replace('http:', '')}/:_authToken=${token}\n`)
  const env = {
    PATH: [dirname(process.execPath), process.env['PATH']].join(delimiter),
    HOME: folder,
    npm_config_userconfig: npmrc,
    npm_config_cache: join(folder, 'cache'),
    npm_config_audit: 'false',
    npm_config_fund: 'false',
    npm_config_update_notifier: 'false',
    npm_config_fetch_retries: '0',
  }
  return async (cwd: string, ...args: readonly string[]) => (await execute('npm', args, { cwd, env })).stdout.trim()
}

function writePackage(folder: string, manifest: Readonly<Record<string, unknown>>): string {
  mkdirSync(folder)
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest))
  return folder
}

t.setTimeout(5 * 60_000)

t.test('npm publishes, views and installs packages with and without a scope (FLD-11)', async (t) => {
  const { gate, token, issuer } = await gated(t, await startVerdaccio(t))
  const registry = `http://127.0.0.1:${gate.port}`
  const folder = makeFolder(t, 'npm')
  const npm = npmFor(folder, registry, token)
  for (const [at, name] of ['@team/tool', 'tool', '@team/a.b-c'].entries()) {
    const own = writePackage(join(folder, `own-${at}`), { name, version: '1.2.3' })
    await npm(own, 'publish', '--access', 'public')
    t.equal(await npm(folder, 'view', name, 'version'), '1.2.3', `${name} is viewed`)
    t.match(await npm(folder, 'view', name, 'dist.tarball'), registry, `${name} is fetched through the gate`)
    await npm(own, 'dist-tag', 'add', `${name}@1.2.3`, 'next')
    const app = writePackage(join(folder, `app-${at}`), { name: 'app', private: true })
    await npm(app, 'install', `${name}@next`)
    const installed = readFileSync(join(app, 'node_modules', name, 'package.json'), 'utf8')
    t.match(JSON.parse(installed), { name, version: '1.2.3' })
  }
  t.ok(askedFor(gate, '/@team%2ftool'), 'npm writes the slash of a scope in hexadecimal')
  const stranger = npmFor(folder, registry, issuer.mintAccessToken({ clientId: 'stranger' }))
  await t.rejects(stranger(folder, 'view', '@team/tool'), /E401/)
})

function askedFor({ lines }: { readonly lines: readonly Readonly<Record<string, unknown>>[] }, path: string): boolean {
  return lines.some((line) => line['path'] === path)
}
