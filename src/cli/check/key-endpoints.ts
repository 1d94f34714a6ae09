/**
 * The key endpoints as the on-call sees them: each form of each pool's issuer, its names, its certificate, its keys, and the
 * clock. The pool's own finding says whether a start would have keys; these say why not.
 */
import type { Config } from '../../config/config.ts'
import { jwksUrisOf } from '../../tokens/keys/issuers.ts'
import type { Finding } from './finding.ts'
import { bad, good, warn } from './finding.ts'
import type { Probe, ProbeFault } from './outgoing-probe.ts'
import { probe } from './outgoing-probe.ts'

interface Asked {
  readonly pool: string
  readonly found: Probe | ProbeFault
}

/** Pools with pinned keys ask nobody. */
export async function inspectKeyEndpoints({ userPools, jwks, proxy }: Config): Promise<readonly Finding[]> {
  const options = { egress: { proxy }, timeoutMs: jwks.timeoutMs }
  const wanted = userPools
    .filter(({ jwksFile }) => jwksFile === undefined)
    .flatMap((pool) => jwksUrisOf(pool).map((uri) => ({ pool: pool.id, uri })))
  const asked = await Promise.all(wanted.map(async ({ pool, uri }) => ({ pool, found: await probe(uri, options) })))
  return [...asked.map((one) => describeEndpoint(one, asked)), ...inspectClock(asked)]
}

/** Where browsers sign in, and where codes are exchanged. Any answer is good. */
export async function inspectSignIn({ login, proxy }: Config): Promise<readonly Finding[]> {
  if (login.domain === undefined) return []
  const timeoutMs = login.refresh.timeoutMs
  const found = await probe(`${login.domain}/oauth2/token`, { egress: { proxy }, timeoutMs })
  if ('fault' in found) return [warn('sign_in', `sign-in at ${found.host}: ${found.fault}`)]
  return [good('sign_in', `sign-in at ${found.host}: answers${describeWay(found)}`, dataOf(found))]
}

/** One form of the issuer that does not answer is no fault: a start takes the keys of any other. */
function describeEndpoint({ pool, found }: Asked, all: readonly Asked[]): Finding {
  const text = `key endpoint ${found.host} of ${pool}: `
  const others = all.filter((other) => other.pool === pool && other.found !== found)
  const tell = others.some((other) => kidsOf(other) !== undefined) ? warn : bad
  if ('fault' in found) return tell('key_endpoint', text + found.fault + stepOf(found), { host: found.host })
  const kids = kidsOf({ pool, found })
  const data = { ...dataOf(found), kids }
  if (kids === undefined) return tell('key_endpoint', `${text}status ${found.status}, and no key set`, data)
  const differs = others.some((other) => kidsOf(other) !== undefined && String(kidsOf(other)) !== String(kids))
  const shown = `${kids.length} ${kids.length === 1 ? 'key' : 'keys'} (${kids.join(', ')})${describeWay(found)}`
  return differs
    ? warn('key_endpoint', `${text}${shown}; another form of the issuer has other keys`, data)
    : good('key_endpoint', text + shown, data)
}

/** Of Cognito's own hosts: elsewhere nothing is known of the way. */
function stepOf({ host, fault }: ProbeFault): string {
  if (!/\.amazonaws\.com(?:\.cn)?(?::443)?$/.test(host)) return ''
  if (fault.startsWith('DNS: ')) return '; is the Region of this id right, and does DNS answer here?'
  if (fault.startsWith('TLS: ')) return '; does a proxy open TLS? Name its authority in NODE_EXTRA_CA_CERTS'
  return '; is there a way out of this network, or a proxy that must be named (HTTPS_PROXY)?'
}

function dataOf({ host, addresses, status, tls, ms, aheadMs }: Probe): Finding['data'] {
  return { host, addresses, status, tls, ms, clockAheadMs: aheadMs }
}

function describeWay({ addresses, tls, ms }: Probe): string {
  const names = addresses.length === 0 ? '' : `, at ${addresses.slice(0, 2).join(' and ')}`
  const secure = tls ? `, ${tls.protocol}${tls.validUntil === undefined ? '' : ` until ${tls.validUntil}`}` : ''
  return `${names}${secure}, in ${ms} ms`
}

const maxKid = 64

/** Sorted. Undefined: this is no key set. */
function kidsOf({ found }: Asked): readonly string[] | undefined {
  if ('fault' in found || found.status !== 200) return undefined
  try {
    const { keys } = JSON.parse(found.body) as { readonly keys?: unknown }
    if (!Array.isArray(keys)) return undefined
    return keys.map((key: { readonly kid?: unknown } | null) => showKid(key?.kid)).toSorted()
  } catch {
    return undefined
  }
}

function showKid(kid: unknown): string {
  return typeof kid === 'string' ? kid.slice(0, maxKid).replace(/[^\x21-\x7e]/g, '?') : '(no kid)'
}

/** `Date` is in whole seconds, so less than this is nothing. */
const mayDifferMs = 5000
/** Beyond this even a new token is refused. */
const breaksMs = 5 * 60_000

function inspectClock(asked: readonly Asked[]): readonly Finding[] {
  const clocks = asked.flatMap(({ found }) => {
    return 'aheadMs' in found && found.aheadMs !== undefined ? [{ host: found.host, aheadMs: found.aheadMs }] : []
  })
  const [nearest] = clocks.toSorted((a, b) => Math.abs(a.aheadMs) - Math.abs(b.aheadMs))
  if (nearest === undefined) return []
  const { host, aheadMs } = nearest
  const seconds = Math.round(Math.abs(aheadMs) / 1000)
  const data = { host, clockAheadMs: aheadMs }
  if (Math.abs(aheadMs) <= mayDifferMs)
    return [good('clock', `clock: agrees with ${host} to ${mayDifferMs / 1000} s`, data)]
  const text = `clock: this machine is ${seconds} s ${aheadMs > 0 ? 'ahead of' : 'behind'} ${host}; `
  return [
    Math.abs(aheadMs) <= breaksMs
      ? warn(
          'clock',
          `${text}tokens end ${aheadMs > 0 ? 'too early' : 'too late'} by as much. Set the clock (NTP)`,
          data,
        )
      : bad('clock', `${text}good tokens are refused. Set the clock (NTP)`, data),
  ]
}
