/**
 * The part of `cogate check` about certificates in files: a start takes those that have expired, and then nobody connects. Says
 * nothing of those that are good for long.
 */
import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { Config } from '../../config/config.ts'
import type { Finding } from './finding.ts'
import { bad, warn } from './finding.ts'

const soonMs = 14 * 24 * 3_600_000

/** `own`: shown to the other side, which looks at the first one. `trusted`: a bundle, of which one is enough. */
type Use = readonly [key: string, path: string | undefined, kind: 'own' | 'trusted']

/** `now` in milliseconds since the epoch. */
export function inspectCertificates(config: Config, now: number): readonly Finding[] {
  return usesOf(config).flatMap(([key, path, kind]) => {
    const ends = path === undefined ? [] : readEnds(path)
    const end = kind === 'own' ? ends[0] : ends.toSorted((one, other) => other - one)[0]
    return end === undefined ? [] : judge(`certificate ${path} of ${key}`, end, now)
  })
}

function judge(name: string, end: number, now: number): readonly Finding[] {
  const day = new Date(end).toISOString().slice(0, 10)
  if (end <= now) return [bad('certificate', `${name}: expired on ${day}; renew it`, { validUntil: day })]
  if (end > now + soonMs) return []
  return [warn('certificate', `${name}: expires on ${day}; renew it before`, { validUntil: day })]
}

function usesOf({ tls, upstream, upstreams, session, redis, revocation }: Config): readonly Use[] {
  const ofUpstream = (key: string, { caFile, certFile }: Config['upstream']['tls']): readonly Use[] => [
    [`${key}.tls.certFile`, certFile, 'own'],
    [`${key}.tls.caFile`, caFile, 'trusted'],
  ]
  return [
    ['tls.certFile', tls?.certFile, 'own'],
    ['tls.clientCaFile', tls?.clientCaFile, 'trusted'],
    ...ofUpstream('upstream', upstream.tls),
    ...upstreams.flatMap(({ name, tls: files }) => ofUpstream(`upstreams (${name})`, files)),
    ['session.redis.caFile', session.redis.caFile, 'trusted'],
    ['revocation.redis.caFile', revocation.redis.caFile, 'trusted'],
    ['redis.caFile', redis?.caFile, 'trusted'],
  ]
}

/** When each ends, in milliseconds since the epoch, in the order of the file. What cannot be read, other findings tell. */
function readEnds(path: string): readonly number[] {
  try {
    const text = readFileSync(path, 'utf8')
    const blocks = text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []
    return blocks.map((pem) => Date.parse(new X509Certificate(pem).validTo))
  } catch {
    return []
  }
}
