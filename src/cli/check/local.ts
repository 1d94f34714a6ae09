/**
 * What a start needs of this machine: free ports, files that not everybody can read or write, limits that fit one another. None
 * of it is a fault by itself: where the gate already runs its ports are taken.
 */
import { statSync } from 'node:fs'
import { createServer } from 'node:net'
import type { Config, ListenAddress } from '../../config/config.ts'
import { hasCookies } from '../../config/credentials.ts'
import type { Terminal } from '../command.ts'
import type { Finding } from './finding.ts'
import { good, warn } from './finding.ts'

export async function inspectPorts({ listen, ops }: Config): Promise<readonly Finding[]> {
  const wanted = [
    { key: 'listen', address: listen },
    { key: 'ops.listen', address: ops.listen },
  ].filter(({ address }) => address.port !== 0)
  return Promise.all(
    wanted.map(async ({ key, address }) => {
      const fault = await bindOnce(address)
      const text = `port of ${key}, ${address.host}:${address.port}: `
      if (fault === undefined) return good('port', `${text}free`)
      return warn('port', text + (faults[fault] ?? fault))
    }),
  )
}

const faults: Readonly<Record<string, string>> = {
  EADDRINUSE: 'in use; is cogate running here already?',
  EADDRNOTAVAIL: 'this machine has no such address',
  EACCES: 'a port below 1024 needs a privilege',
}

function bindOnce({ host, port }: ListenAddress): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer((socket) => socket.destroy())
    server.on('error', ({ code }: NodeJS.ErrnoException) => resolve(code ?? 'cannot be used'))
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(undefined)))
  })
}

/** What makes tokens known to many, and what refuses requests of one's own pages. */
export function inspectCredentials({ credentials, publicUrl }: Config): readonly Finding[] {
  const queries = credentials.sources.filter((source) => source.startsWith('insecureQuery:'))
  const inUrls = queries.map((source) =>
    warn(
      'credentials',
      `credentials.sources: ${source} reads tokens that are in the logs of every proxy before cogate`,
    ),
  )
  if (!hasCookies(credentials) || publicUrl !== undefined) return inUrls
  const text =
    'credentials.sources: a token in a cookie, and no publicUrl: WebSockets and changes of your own pages are refused behind a proxy that sends another Host'
  return [...inUrls, warn('credentials', text)]
}

interface FileUse {
  readonly path: string
  readonly key: string
  /** Nobody else may read it. Of the others it counts who may write them: they say whom to trust. */
  readonly secret: boolean
}

export interface FileSources {
  readonly config: Config
  /** As `loadConfig` returns them. */
  readonly origins: ReadonlyMap<string, string>
  readonly env: Terminal['env']
}

/** Says something only of files that too many may read or write. */
export function inspectFiles(sources: FileSources): readonly Finding[] {
  if (process.platform === 'win32') return []
  const uses = [...filesOf(sources.config), ...secretSources(sources)]
  return uses.flatMap((use) => inspectFile(use))
}

function inspectFile({ path, key, secret }: FileUse): readonly Finding[] {
  const mode = modeOf(path)
  if (mode === undefined) return []
  const text = `file ${path} of ${key}: mode ${mode.toString(8).padStart(4, '0')}`
  if (secret && (mode & 0o004) !== 0) return [warn('file', `${text}, every user of this machine can read the secret`)]
  return (mode & 0o022) === 0 ? [] : [warn('file', `${text}, others than its owner can change it`)]
}

/** Undefined: it is not there, or may not be looked at. Other findings say so. */
function modeOf(path: string): number | undefined {
  try {
    return statSync(path).mode & 0o777
  } catch {
    return undefined
  }
}

function filesOf(config: Config): readonly FileUse[] {
  const { tls, upstream, upstreams, jwks, userPools, session, redis, revocation, identityToken } = config
  const named: readonly (readonly [key: string, path: string | undefined, secret?: 'secret'])[] = [
    ['tls.keyFile', tls?.keyFile, 'secret'],
    ['tls.certFile', tls?.certFile],
    ['tls.clientCaFile', tls?.clientCaFile],
    ['upstream.tls.keyFile', upstream.tls.keyFile, 'secret'],
    ['upstream.tls.caFile', upstream.tls.caFile],
    ...upstreams.flatMap(({ name, tls: files }) => [
      [`upstreams (${name}).tls.keyFile`, files.keyFile, 'secret'] as const,
      [`upstreams (${name}).tls.caFile`, files.caFile] as const,
    ]),
    ['session.redis.caFile', session.redis.caFile],
    ['identityToken.keyFile', identityToken.keyFile, 'secret'],
    ['revocation.redis.caFile', revocation.redis.caFile],
    ['redis.caFile', redis?.caFile],
    ['redis.usernameFile', redis?.usernameFile],
    ['redis.passwordFile', redis?.passwordFile, 'secret'],
    ['jwks.snapshotFile', jwks.snapshotFile],
    ...userPools.map(({ id, jwksFile }) => [`userPools (${id})`, jwksFile] as const),
  ]
  return named.flatMap(([key, path, secret]) =>
    path === undefined ? [] : [{ key, path, secret: secret !== undefined }],
  )
}

const secretKeys =
  /^(?:login\.clientSecret|session\.secrets|session\.redis\.url|revocation\.redis\.url|redis\.url|upstream\.headers|upstreams\[\d+\]\.headers)(?:[.[]|$)/

/** The files that secrets come from: each of its own, or the configuration file that holds one. */
function secretSources({ config, origins, env }: FileSources): readonly FileUse[] {
  const found = new Map<string, FileUse>()
  for (const [key, origin] of origins) {
    const path = secretKeys.test(key) && !isHarmless(key, config) ? fileOf(origin, env) : undefined
    if (path !== undefined) found.set(path, { path, key, secret: true })
  }
  return [...found.values()]
}

/** An address of Redis is a secret for the password in it. */
function isHarmless(key: string, { redis, session, revocation }: Config): boolean {
  const urls = {
    'redis.url': redis?.url,
    'session.redis.url': session.redis.url,
    'revocation.redis.url': revocation.redis.url,
  }
  const url = urls[key as keyof typeof urls]
  return url !== undefined && new URL(url).password === ''
}

function fileOf(origin: string, env: Terminal['env']): string | undefined {
  const [, variable] = /^environment (\w+_FILE)$/.exec(origin) ?? []
  if (variable !== undefined) return env[variable]
  const [, path] = /^(.+):\d+:\d+$/.exec(origin) ?? []
  return path
}

/** What most servers take of all headers together: nginx, Apache, Tomcat and gunicorn by default. */
const commonHeadBytes = 8192

/** Cognito gives tokens of about 1 KiB, and of more than 4 KiB to users with a hundred groups. */
const largeTokenBytes = 4096

export function inspectLimits({ limits, identityHeaders }: Config): readonly Finding[] {
  const { tokenBytes, headersBytes } = limits
  const sizes = `tokens of up to ${kib(tokenBytes)}, heads of up to ${kib(headersBytes)}`
  if (tokenBytes < largeTokenBytes)
    return [warn('limits', `limits: ${sizes}: a user with many groups has a larger token (limits.token)`)]
  if (headersBytes - tokenBytes < 2048)
    return [warn('limits', `limits: ${sizes}: the largest token leaves no room for cookies (limits.headers)`)]
  if (identityHeaders.passToken && tokenBytes > commonHeadBytes)
    return [warn('limits', `limits: ${sizes}: many services take 8 KiB of headers, the token included (limits.token)`)]
  return [good('limits', `limits: ${sizes}`)]
}

function kib(bytes: number): string {
  return `${Math.round((bytes / 1024) * 10) / 10} KiB`
}

/** What works here and fails elsewhere: at a second replica, or for a token that is bound to a resource. */
export function inspectPublished({
  identityToken,
  resourceMetadata,
  publicUrl,
  userPools,
}: Config): readonly Finding[] {
  const found: Finding[] = []
  if (identityToken.audience !== undefined && identityToken.keyFile === undefined) {
    const text = 'identity token: a key is made at the start, and other replicas do not know it (identityToken.keyFile)'
    found.push(warn('identity_token', text))
  }
  for (const path of resourceMetadata.enabled && publicUrl !== undefined ? resourceMetadata.resources : []) {
    const resource = new URL(publicUrl ?? '').origin + (path === '/' ? '' : path)
    if (userPools.some(({ audience }) => audience.includes(resource))) continue
    const text = `metadata: tokens that are bound to ${resource} are refused; add it to userPools[].audience`
    found.push(warn('resource', text))
  }
  return found
}

/**
 * A proxy ends TLS in front, and the service hears that its callers came over plain http: some redirect them in circles.
 */
export function inspectForwarded({ publicUrl, tls, forwarded }: Config): readonly Finding[] {
  if (publicUrl === undefined || !publicUrl.startsWith('https:')) return []
  if (tls !== undefined || forwarded.trust.length > 0) return []
  const text = `forwarded.trust: publicUrl is https and this listener is not, so a proxy stands in front, which nothing names: the service gets X-Forwarded-Proto: http, and its address for that of every caller; list its network, such as 10.0.0.0/8`
  return [warn('forwarded', text)]
}
