/**
 * One GET on the way that keys take, measured: DNS, TLS, status, clock and time. Reads at most a megabyte, follows no redirect,
 * and tells nothing of the answer's body but what its caller takes from it.
 */
import { lookup } from 'node:dns/promises'
import type { IncomingMessage } from 'node:http'
import { isIP } from 'node:net'
import type { TLSSocket } from 'node:tls'
import type { Egress } from '../../outgoing.ts'
import { openRequest, ProxyError, sendRequest, UnansweredError } from '../../outgoing.ts'

export interface Probe {
  readonly host: string
  /** Empty for an address, and where a proxy looks names up. */
  readonly addresses: readonly string[]
  readonly status: number
  /** Of the certificate; undefined without TLS. */
  readonly tls: { readonly protocol: string; readonly validUntil: string | undefined } | undefined
  /** Until the end of the answer. */
  readonly ms: number
  /** How far this machine's clock is ahead of the server's; undefined where the answer has no date. */
  readonly aheadMs: number | undefined
  readonly body: string
}

export interface ProbeFault {
  readonly host: string
  readonly fault: string
}

export interface ProbeOptions {
  readonly egress: Egress
  readonly timeoutMs: number
}

/** Never rejects. */
export async function probe(uri: string, { egress, timeoutMs }: ProbeOptions): Promise<Probe | ProbeFault> {
  const { host, hostname } = new URL(uri)
  const name = hostname.replace(/^\[|\]$/g, '')
  const addresses = isIP(name) !== 0 || egress.proxy !== undefined ? [] : await resolve(name)
  if (typeof addresses === 'string') return { host, fault: `DNS: ${addresses}` }
  const signal = AbortSignal.timeout(timeoutMs)
  const startedAt = Date.now()
  try {
    const headers = { accept: 'application/json', 'user-agent': 'cogate-check' }
    const answer = await sendRequest(await openRequest(uri, { headers, signal }, egress))
    const tls = tlsOf(answer)
    const body = await readBody(answer)
    const ms = Date.now() - startedAt
    return { host, addresses, status: answer.statusCode ?? 0, tls, ms, aheadMs: clockOf(answer, startedAt, ms), body }
  } catch (error) {
    return { host, fault: signal.aborted ? `no complete answer within ${timeoutMs} ms` : describe(error) }
  }
}

/** A text: why the name has no address. */
async function resolve(name: string): Promise<readonly string[] | string> {
  try {
    return (await lookup(name, { all: true })).map(({ address }) => address)
  } catch (error) {
    return `${(error as NodeJS.ErrnoException).code} ${name}`
  }
}

function tlsOf({ socket }: IncomingMessage): Probe['tls'] {
  const secure = socket as Partial<TLSSocket>
  if (!secure.encrypted) return undefined
  const until = Date.parse(secure.getPeerCertificate?.().valid_to ?? '')
  const validUntil = Number.isNaN(until) ? undefined : new Date(until).toISOString().slice(0, 10)
  return { protocol: secure.getProtocol?.() ?? 'TLS', validUntil }
}

const maxBodyBytes = 1024 ** 2

async function readBody(answer: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  try {
    for await (const chunk of answer as AsyncIterable<Buffer>) {
      size += chunk.length
      if (size > maxBodyBytes) break
      chunks.push(chunk)
    }
  } finally {
    answer.destroy()
  }
  return Buffer.concat(chunks).toString('utf8')
}

/** `Date` has whole seconds, and an answer of a cache is older by its `Age`. */
function clockOf({ headers }: IncomingMessage, startedAt: number, ms: number): number | undefined {
  const date = Date.parse(headers.date ?? '')
  if (Number.isNaN(date)) return undefined
  const age = Number(headers.age ?? 0) || 0
  return Math.round(startedAt + ms / 2 - (date + 500 + age * 1000))
}

/** Messages may quote what the other side sent; codes and names do not. */
function describe(error: unknown): string {
  if (error instanceof ProxyError || error instanceof UnansweredError) return error.message
  const { code, name } = error as NodeJS.ErrnoException
  if (code !== undefined) return code.startsWith('ERR_') || /CERT|SELF|LEAF/.test(code) ? `TLS: ${code}` : code
  return name
}
