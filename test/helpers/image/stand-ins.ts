/**
 * Images in place of those that the Dockerfile begins with, made of the programs of this machine: no registry is asked.
 * They have the same layout, and fewer files than the real ones.
 */
import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Buildah } from './buildah.ts'

/** In place of `node:24-bookworm-slim`: a shell, Node.js and npm, which finds its packages in the cache of this machine. */
export function makeBuildBase(buildah: Buildah): string {
  return makeImage(buildah, 'stand-in-node', (root, configure) => {
    installProgram(root, process.execPath, '/usr/local/bin/node')
    installProgram(root, '/bin/sh')
    installProgram(root, '/usr/bin/env')
    cpSync(findNpm(), join(root, 'usr/local/lib/node_modules/npm'), { recursive: true })
    symlinkSync('../lib/node_modules/npm/bin/npm-cli.js', join(root, 'usr/local/bin/npm'))
    const certificates = '/etc/ssl/certs/ca-certificates.crt'
    if (existsSync(certificates)) installFile(root, certificates)
    configure('--env', `NODE_EXTRA_CA_CERTS=${certificates}`)
    configure('--env', 'PATH=/usr/local/bin:/usr/bin:/bin', '--env', 'HOME=/root')
    configure('--env', 'NPM_CONFIG_PREFER_OFFLINE=true', '--env', `NPM_CONFIG_REGISTRY=${readSetting('registry')}`)
  })
}

/** In place of `gcr.io/distroless/nodejs24-debian12:nonroot`: Node.js alone, and a user that is not root. */
export function makeRuntimeBase(buildah: Buildah): string {
  return makeImage(buildah, 'stand-in-distroless', (root, configure) => {
    installProgram(root, process.execPath, '/nodejs/bin/node')
    for (const folder of ['proc', 'dev', 'home/nonroot']) mkdirSync(join(root, folder), { recursive: true })
    writeFileSync(
      join(root, 'etc/passwd'),
      'root:x:0:0::/root:/sbin/nologin\nnonroot:x:65532:65532::/home/nonroot:/sbin/nologin\n',
    )
    spawnSync('chown', ['65532:65532', join(root, 'home/nonroot')])
    configure('--user', '65532', '--entrypoint', '["/nodejs/bin/node"]', '--env', 'PATH=/usr/bin:/bin')
  })
}

type Configure = (...options: readonly string[]) => void

function makeImage(buildah: Buildah, name: string, fill: (root: string, configure: Configure) => void): string {
  const container = buildah.run('from', 'scratch')
  const root = buildah.run('mount', container)
  for (const folder of ['etc', 'tmp']) mkdirSync(join(root, folder))
  spawnSync('chmod', ['1777', join(root, 'tmp')])
  fill(root, (...options) => void buildah.run('config', ...options, container))
  buildah.run('commit', '--quiet', '--rm', container, `localhost/${name}`)
  return `localhost/${name}`
}

/** With the libraries that its loader finds. */
function installProgram(root: string, program: string, at = program): void {
  installFile(root, program, at)
  const { stdout } = spawnSync('ldd', [program], { encoding: 'utf8' })
  for (const [, library = ''] of stdout.matchAll(/(\/\S+) \(0x/g)) installFile(root, library)
}

function installFile(root: string, file: string, at = file): void {
  const target = join(root, at)
  mkdirSync(dirname(target), { recursive: true })
  cpSync(realpathSync(file), target)
}

function findNpm(): string {
  return dirname(dirname(realpathSync(spawnSync('which', ['npm'], { encoding: 'utf8' }).stdout.trim())))
}

/** Of npm on this machine. */
export function readSetting(name: string): string {
  return spawnSync('npm', ['config', 'get', name], { encoding: 'utf8' }).stdout.trim()
}
