/**
 * Images built and run without a container engine: Debian's buildah builds, and `unshare` and `chroot` run what it built
 * in namespaces of its own. Needs root.
 */
import type { ChildProcess } from 'node:child_process'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'
import { skipWithout } from '../services/service.ts'

/** Why no image can be built here; in `.ci/run` what is missing fails. */
export function skipImages(): string | false {
  if (process.env['CI'] === undefined && process.getuid?.() !== 0) return 'only root can build and run an image here'
  return skipWithout('buildah', 'unshare', 'chroot', 'ldd')
}

export interface Buildah {
  /** Throws with what it said when it fails; returns what it printed. */
  run(...args: readonly string[]): string
}

/** A store of its own, which goes with the test. */
export function openBuildah(t: Test): Buildah {
  const store = mkdtempSync(join(tmpdir(), 'cogate-image-'))
  const own = ['--root', join(store, 'root'), '--runroot', join(store, 'run'), '--storage-driver', 'vfs']
  t.teardown(() => rmSync(store, { recursive: true, force: true }))
  return {
    run(...args) {
      const { status, stdout, stderr } = spawnSync('buildah', [...own, ...args], { encoding: 'utf8' })
      if (status !== 0) throw new Error(`buildah ${args.join(' ')} ended with ${status}:\n${stdout}${stderr}`)
      return stdout.trim()
    },
  }
}

/** What an image says of itself, in the words of Docker. */
export interface ImageConfig {
  readonly User: string
  readonly Env: readonly string[]
  readonly Entrypoint: readonly string[]
  readonly Cmd: readonly string[]
  readonly WorkingDir: string
  readonly ExposedPorts: Readonly<Record<string, object>>
  readonly Labels: Readonly<Record<string, string>>
  readonly Healthcheck: { readonly Test: readonly string[]; readonly Timeout: number }
}

export interface Image {
  readonly config: ImageConfig
  readonly layers: number
  readonly size: string
  /** Where its files lie on this machine. */
  readonly root: string
}

export function openImage(buildah: Buildah, name: string): Image {
  const inspected = JSON.parse(buildah.run('inspect', '--type', 'image', name)) as {
    readonly Docker: { readonly config: ImageConfig; readonly rootfs: { readonly diff_ids: readonly string[] } }
  }
  const [{ size } = { size: '?' }] = JSON.parse(buildah.run('images', '--json', name)) as readonly { size: string }[]
  const root = buildah.run('mount', buildah.run('from', '--pull-never', name))
  const { config, rootfs } = inspected.Docker
  return { config, layers: rootfs.diff_ids.length, size, root }
}

export interface Container {
  /** On this machine; inside it is 1. */
  readonly pid: () => number
  readonly output: () => string
  /** Resolves with the output as soon as it matches; rejects when the program ends before. */
  printed(pattern: RegExp): Promise<string>
  kill(signal: NodeJS.Signals): void
  /** Exit code of the program. */
  readonly ended: Promise<number>
}

export interface ContainerOptions {
  /** In the place of the image's entrypoint and command. */
  readonly command?: readonly string[]
  /** Behind the entrypoint, in the place of the image's command. */
  readonly args?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  /** Default: true. */
  readonly readOnly?: boolean
}

/** Mounts, process ids and root of its own; the network is that of this machine. */
const script = `
  set -e
  mount --make-rprivate /
  mount --bind "$0" "$0"
  mount -t proc proc "$0/proc"
  [ "$1" = rw ] || mount -o remount,bind,ro "$0"
  root=$0
  user=$2
  shift 2
  exec /usr/sbin/chroot --userspec="$user" --groups="\${user#*:}" "$root" "$@"`

/** What runs it on this machine: the image's user, environment and command, as an engine does. */
export function containerCommand({ config, root }: Image, options: ContainerOptions = {}): readonly string[] {
  const { command = [...config.Entrypoint, ...(options.args ?? config.Cmd)], readOnly = true } = options
  const mode = readOnly ? 'ro' : 'rw'
  const args = ['--mount', '--pid', '--fork', '/bin/sh', '-c', script, root, mode, config.User]
  const env = [...config.Env, ...Object.entries(options.env ?? {}).map(([name, value]) => `${name}=${value}`)]
  return ['env', '-i', ...env, '/usr/bin/unshare', ...args, ...command]
}

/** Killed at the end of the test. */
export function runContainer(t: Test, image: Image, options: ContainerOptions = {}): Container {
  // Not as the environment of the child: the test runner adds to that of every Node.js process.
  const [program = '', ...args] = containerCommand(image, options)
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  const output = { text: '' }
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (data: Buffer) => {
      output.text += data
    })
  }
  const ended = once(child, 'close').then(([code]) => Number(code))
  t.teardown(async () => {
    // Not `--kill-child`: the kernel forgets it when the program changes its user.
    killFirstChild(child, 'SIGKILL')
    child.kill('SIGKILL')
    await ended
  })
  return {
    pid: () => firstChildOf(child),
    output: () => output.text,
    async printed(pattern) {
      while (!pattern.test(output.text)) {
        const ending = await Promise.race([once(child.stdout, 'data').then(() => undefined), ended])
        if (ending !== undefined && !pattern.test(output.text)) throw new Error(`ended with ${ending}:\n${output.text}`)
      }
      return output.text
    },
    kill: (signal) => killFirstChild(child, signal),
    ended,
  }
}

function killFirstChild(child: ChildProcess, signal: NodeJS.Signals): void {
  const pid = child.exitCode === null && child.signalCode === null ? firstChildOf(child) : 0
  if (pid > 0) process.kill(pid, signal)
}

/** 0: there is none. */
function firstChildOf({ pid }: ChildProcess): number {
  return Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ')[0])
}
