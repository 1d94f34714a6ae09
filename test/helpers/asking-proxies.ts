/** Other proxies, run with the snippets of deploy/forward-auth on free ports: addresses are replaced, and nothing else. */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import { findFreePort, untilAccepted } from './listen.ts'

export interface Places {
  readonly gate: number
  readonly service: number
}

export interface AskingProxy {
  readonly name: string
  readonly package: string
  readonly isInstalled: () => boolean
  /** Returns its port; it is killed at the end of the test. */
  readonly start: (t: Test, places: Places) => Promise<number>
}

export const askingProxies: readonly AskingProxy[] = [
  { name: 'nginx', package: 'nginx-light', isInstalled: () => runs('nginx', '-v'), start: startNginx },
  { name: 'HAProxy', package: 'haproxy', isInstalled: () => runs('haproxy', '-v'), start: startHaproxy },
  { name: 'Caddy', package: 'caddy', isInstalled: () => runs('caddy', 'version'), start: startCaddy },
]

function runs(program: string, argument: string): boolean {
  return spawnSync(program, [argument]).status === 0
}

function snippet(file: string, changes: Readonly<Record<string, string>>): string {
  const text = readFileSync(new URL(`../../deploy/forward-auth/${file}`, import.meta.url), 'utf8')
  return Object.entries(changes).reduce((done, [from, to]) => {
    if (!done.includes(from)) throw new Error(`${file} does not name ${from}`)
    return done.replaceAll(from, to)
  }, text)
}

async function startNginx(t: Test, { gate, service }: Places): Promise<number> {
  const port = await findFreePort()
  const server = snippet('nginx.conf', {
    'listen 8080;': `listen 127.0.0.1:${port};`,
    '127.0.0.1:8181': `127.0.0.1:${gate}`,
    '127.0.0.1:9000': `127.0.0.1:${service}`,
  })
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((kind) => `${kind}_temp_path ${kind};`)
  const folder = t.testdir({
    'nginx.conf': `daemon off;\nmaster_process off;\npid nginx.pid;\nerror_log stderr;\nevents {}\nhttp {\naccess_log off;\n${temporary.join('\n')}\n${server}\n}\n`,
  })
  return run(t, port, ['nginx', '-p', folder, '-e', 'stderr', '-c', join(folder, 'nginx.conf')])
}

async function startHaproxy(t: Test, { gate, service }: Places): Promise<number> {
  const port = await findFreePort()
  const folder = t.testdir({ 'haproxy-cogate.lua': snippet('haproxy-cogate.lua', {}) })
  const text = snippet('haproxy.cfg', {
    'bind :8080': `bind 127.0.0.1:${port}`,
    '127.0.0.1:8181': `127.0.0.1:${gate}`,
    '127.0.0.1:9000': `127.0.0.1:${service}`,
    '/etc/haproxy/haproxy-cogate.lua': join(folder, 'haproxy-cogate.lua'),
  })
  const config = t.testdir({ 'haproxy-cogate.lua': snippet('haproxy-cogate.lua', {}), 'haproxy.cfg': text })
  return run(t, port, ['haproxy', '-db', '-f', join(config, 'haproxy.cfg')])
}

async function startCaddy(t: Test, { gate, service }: Places): Promise<number> {
  const port = await findFreePort()
  const text = snippet('Caddyfile', {
    'app.example.com {': `http://:${port} {\n\tbind 127.0.0.1`,
    'cogate:8181': `127.0.0.1:${gate}`,
    'service:9000': `127.0.0.1:${service}`,
  })
  const folder = t.testdir({ Caddyfile: `{\n\tadmin off\n\tauto_https off\n}\n${text}` })
  return run(t, port, ['caddy', 'run', '--adapter', 'caddyfile', '--config', join(folder, 'Caddyfile')], {
    HOME: folder,
    XDG_DATA_HOME: folder,
    XDG_CONFIG_HOME: folder,
  })
}

type Command = readonly [program: string, ...parameters: string[]]

async function run(t: Test, port: number, [program, ...parameters]: Command, env: object = {}): Promise<number> {
  const child = spawn(program, parameters, { stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, ...env } })
  let stderr = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  const exited = once(child, 'exit')
  t.teardown(async () => {
    child.kill('SIGKILL')
    await exited
  })
  const early = exited.then(() => Promise.reject(new Error(`${program} ended at once: ${stderr}`)))
  await Promise.race([untilAccepted(port), early])
  early.catch(() => undefined)
  return port
}
