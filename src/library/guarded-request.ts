/**
 * One request to a guarded application, from its head to its record. The application answers it; this only refuses, or tells the
 * application who calls.
 */
import type { IncomingMessage } from 'node:http'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Allow, Decision, Refusal } from '../decide/decision.ts'
import type { RequestHead } from '../decide/request-head.ts'
import { nameForm } from '../decide/resolve.ts'
import type { Runtime } from '../decide/runtime.ts'
import type { Lifecycle } from '../gate/lifecycle.ts'
import { endConnection } from '../gate/listener/caller-connection.ts'
import { isUpgraded } from '../gate/listener/node-internals.ts'
import { record } from '../gate/record.ts'
import type { OwnAnswer } from '../gate/respond.ts'
import { refusalAnswer } from '../gate/respond.ts'
import { clientAddress } from '../headers/client-address.ts'
import { preflightLines, refusalLines } from '../headers/cors.ts'
import { acceptsRequestId } from '../headers/forwarded.ts'
import type { HeadFields } from '../headers/head-fields.ts'
import { readFields } from '../headers/head-fields.ts'
import { identityPairs } from '../headers/identity.ts'
import type { Metrics } from '../ops/metrics.ts'
import type { AccessLog } from '../ops/observers.ts'
import { KnownCaller, replaceIdentity } from './identity.ts'
import type { Question } from './judge.ts'

/** What all requests of a registration share. */
export interface Guard {
  readonly runtime: Runtime
  readonly lifecycle: Lifecycle
  readonly metrics: Metrics
  /** `log.access` */
  readonly logsAccess: boolean
}

export class GuardedRequest {
  readonly requestId: string
  readonly #guard: Guard
  readonly #request: FastifyRequest
  readonly #reply: FastifyReply
  readonly #head: RequestHead & { readonly address: string }
  readonly #startedAt = performance.now()
  #decision: Decision | undefined
  #isClosed = false

  constructor(guard: Guard, request: FastifyRequest, reply: FastifyReply) {
    this.#guard = guard
    this.#request = request
    this.#reply = reply
    this.#head = readRequest(request.raw)
    this.requestId = this.#trustedId() ?? guard.lifecycle.newRequestId()
    guard.lifecycle.enter()
    const close = (): void => this.#close()
    // Each of them may stay away: the answer of a caller who leaves is never finished, that of `inject` is never closed.
    reply.raw.once('finish', close).once('close', close)
  }

  readToken(): string | undefined {
    const found = this.#guard.runtime.credentials.extract(this.#head, Number.POSITIVE_INFINITY)
    return found.kind === 'bearer' ? found.token : undefined
  }

  get question(): Question {
    const { url = '/' } = this.#request.raw
    const rewritten = url === this.#head.url ? undefined : url
    return { head: this.#head, rewritten, now: this.#guard.lifecycle.now() }
  }

  /** True: the application goes on with the request. Otherwise it has been answered. */
  conclude(decision: Decision): boolean {
    this.#decision = decision
    if (decision.kind === 'allow') {
      this.#admit(decision)
      return true
    }
    if (decision.kind === 'preflight') {
      this.#send({ status: 204, headers: [...preflightLines(this.#head.fields), ...this.#idLine()], body: '' })
      return false
    }
    if (decision.kind !== 'refuse') throw new Error(`a decision that the library does not have: ${decision.kind}`)
    this.#refuse(decision)
    return false
  }

  /** For a fault of our own. Nothing a caller sends should lead here. */
  fail(): void {
    this.#decision = undefined
    this.#refuse({ kind: 'refuse', reason: 'internal_error', route: undefined, caller: undefined })
  }

  #admit(allow: Allow): void {
    const pairs = allow.caller ? identityPairs(allow.caller) : []
    const { fields } = this.#head
    replaceIdentity(this.#request.raw, this.#guard.runtime.headers, { fields, token: allow.caller?.token, pairs })
    this.#request.cogate = new KnownCaller(allow, pairs, this.requestId) as unknown as FastifyRequest['cogate']
  }

  #refuse({ reason, exceeded, route, ambiguity }: Refusal): void {
    const { cors, realm, credentials } = this.#guard.runtime
    const { schemes } = credentials
    const lines = cors && refusalLines(cors, this.#head.fields.origin)
    const form = ambiguity && nameForm(ambiguity)
    const { raw } = this.#reply
    if (reason === 'request_malformed' || isUpgraded(this.#request.raw)) endConnection(raw.req.socket, raw)
    const answer = { reason, requestId: this.requestId, realm, schemes, policy: route?.policy, lines, exceeded, form }
    this.#send(refusalAnswer(answer))
    if (isUpgraded(this.#request.raw)) raw.once('finish', () => raw.req.socket.destroySoon())
  }

  /** Through Fastify, so that headers of other plugins stay. As bytes, so that no serializer changes them. */
  #send({ status, headers, body }: OwnAnswer): void {
    const reply = this.#reply.code(status)
    for (const [index, name] of headers.entries()) {
      if (index % 2 === 0) addHeader(reply, name, headers[index + 1] ?? '')
    }
    reply.send(body === '' ? undefined : Buffer.from(body, 'latin1'))
  }

  #idLine(): readonly string[] {
    return ['X-Request-Id', this.requestId]
  }

  #trustedId(): string | undefined {
    const { fields, address } = this.#head
    const isTrusted = this.#guard.runtime.headers.isTrusted(address)
    return isTrusted && acceptsRequestId(fields.requestId) ? fields.requestId : undefined
  }

  #close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    const { lifecycle, metrics, logsAccess, runtime } = this.#guard
    lifecycle.leave()
    const { method, url, address, fields } = this.#head
    const { raw } = this.#reply
    const client = clientAddress(fields.forwardedFor, address, runtime.headers.isTrusted)
    record(
      { metrics, accessLog: logsAccess ? accessLogOf(this.#request.log) : undefined },
      {
        requestId: this.requestId,
        method,
        url,
        address,
        client: client === address ? undefined : client,
        sender: this,
        decision: this.#decision,
        failure: undefined,
        status: raw.headersSent ? raw.statusCode : callerLeft,
        durationMs: performance.now() - this.#startedAt,
        upstreamMs: undefined,
        aborted: !raw.writableFinished,
      },
    )
  }
}

/** No answer left the application: the caller was gone before. */
const callerLeft = 499

/** The head as the walk reads it. The lines are copied: the request itself will be changed. */
function readRequest(req: IncomingMessage & { readonly originalUrl?: string }): GuardedRequestHead {
  const { method = '', url = '/', originalUrl = url, socket } = req
  const address = socket.remoteAddress ?? ''
  // The version in a request line of HTTP/1 is a text that a caller writes.
  if ('stream' in req) return { method, url: originalUrl, fields: readPseudoFields(req.rawHeaders), address }
  return { httpVersion: req.httpVersion, method, url: originalUrl, fields: readFields([...req.rawHeaders]), address }
}

type GuardedRequestHead = RequestHead & { readonly address: string }

/** Of HTTP/2, where `:authority` stands for Host (RFC 9113 section 8.3.1). */
function readPseudoFields(lines: readonly string[]): HeadFields {
  const authority = lines.findIndex((name, index) => index % 2 === 0 && name === ':authority')
  const own = lines.filter((_, index) => !lines[index - (index % 2)]?.startsWith(':'))
  const hasHost = own.some((name, index) => index % 2 === 0 && name === 'host')
  return readFields(authority === -1 || hasHost ? own : ['host', lines[authority + 1] ?? '', ...own])
}

/** @fastify/cors has said Vary before. A challenge is one of two, each on a line of its own. */
function addHeader(reply: FastifyReply, name: string, value: string): void {
  const before = name === 'Vary' || name === 'WWW-Authenticate' ? reply.getHeader(name) : undefined
  if (before === undefined) reply.header(name, value)
  else reply.header(name, name === 'Vary' ? `${before}, ${value}` : [before, value].flat())
}

/** The logger of an application need not be pino. */
function accessLogOf(log: FastifyRequest['log'] & Partial<AccessLog>): AccessLog {
  return {
    info: (fields, message) => log.info(fields, message),
    isLevelEnabled: (level) => log.isLevelEnabled?.(level) ?? false,
  }
}
