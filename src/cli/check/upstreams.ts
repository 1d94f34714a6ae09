/**
 * The part of `cogate check` about the services: one real request to each. A fault is told with the step that most often mends it.
 */
import type { Config, UpstreamConfig } from '../../config/config.ts'
import { askUpstream, createUpstream, reachUpstream } from '../../upstream/upstream.ts'
import type { Finding } from './finding.ts'
import { bad, good } from './finding.ts'

export async function inspectUpstreams({ upstream, upstreams }: Config): Promise<readonly Finding[]> {
  return Promise.all([upstream, ...upstreams].map(inspectUpstream))
}

/** Any answer is good: what it says is up to the service. */
async function inspectUpstream(settings: UpstreamConfig): Promise<Finding> {
  const { url } = settings
  const upstream = createUpstream(settings)
  const startedAt = Date.now()
  try {
    const status = await askUpstream(upstream, url.startsWith('unix:') ? 'localhost' : new URL(url).host)
    if (status === 400 && (await speaksTls(settings))) return bad('upstream', `upstream ${url}: ${useTls(url)}`)
    return good('upstream', `upstream ${url}: answered GET / with ${status}`, { status, ms: Date.now() - startedAt })
  } catch (error) {
    const text = (await speaksTls(settings)) ? useTls(url) : withStep(error)
    return bad('upstream', `upstream ${url}: ${text}`)
  } finally {
    upstream.pool.close()
  }
}

/** Whether TLS is spoken where the configuration has plain http. Sends nothing but the handshake. */
async function speaksTls(settings: UpstreamConfig): Promise<boolean> {
  if (!settings.url.startsWith('http:')) return false
  const upstream = createUpstream({ ...settings, url: secureUrl(settings.url), tls: { insecureSkipVerify: true } })
  try {
    await reachUpstream(upstream)
    return true
  } catch {
    return false
  } finally {
    upstream.pool.close()
  }
}

function secureUrl(url: string): string {
  const { host, port } = new URL(url)
  return `https://${port === '' ? `${host}:80` : host}`
}

function useTls(url: string): string {
  return `this port speaks TLS: write ${secureUrl(url)}`
}

/** The fault, and the one step that most often mends it. */
function withStep(error: unknown): string {
  const code = codeOf(error) ?? ''
  const [found, step] = certificateSteps[code] ?? [describe(error), steps[code]]
  return step === undefined ? found : `${found}; ${step}`
}

const authority = 'name its certificate, or that of its authority, in tls.caFile of this upstream'

/** Node.js gives advice of its own with some of them, which is about other certificates. */
const certificateSteps: Readonly<Record<string, readonly [found: string, step: string]>> = {
  CERT_HAS_EXPIRED: ['the certificate of the service has expired', 'renew it there'],
  CERT_NOT_YET_VALID: ['the certificate of the service is not valid yet', 'is the clock of this machine right?'],
  DEPTH_ZERO_SELF_SIGNED_CERT: ['the certificate of the service is self-signed', authority],
  SELF_SIGNED_CERT_IN_CHAIN: ['the authority of the service is not known here', authority],
  UNABLE_TO_GET_ISSUER_CERT: ['the authority of the service is not known here', authority],
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: ['the authority of the service is not known here', authority],
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: ['the authority of the service is not known here', authority],
  ERR_TLS_CERT_ALTNAME_INVALID: [
    'the certificate of the service is for another name',
    'write that name into tls.serverName of this upstream',
  ],
}

const steps: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'is the service up, and is the address right?',
  ENOENT: 'the service makes this socket: is it up, and is the path right?',
  EACCES: 'let the user of cogate write to this socket',
  ENOTFOUND: 'is the host name right, and known where cogate runs?',
  EAI_AGAIN: 'the DNS server does not answer',
  ETIMEDOUT: 'does a firewall or a NetworkPolicy stand between?',
}

function codeOf(error: unknown): string | undefined {
  const { code, cause, errors = [] } = error as NodeJS.ErrnoException & { readonly errors?: readonly unknown[] }
  if (code !== undefined) return code
  if (errors.length > 0) return codeOf(errors[0])
  return cause instanceof Error ? codeOf(cause) : undefined
}

/** For a name with several addresses the error holds one error for each and has no message of its own. */
function describe(error: unknown): string {
  const { message, code, cause } = error as Error & { readonly code?: string }
  return message || code || (cause instanceof Error ? describe(cause) : 'no answer')
}
