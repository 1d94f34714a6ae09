/**
 * Traces for OpenTelemetry: a server span for each sampled request and a client span for its way to the service, sent over OTLP/HTTP.
 * Loaded only with `tracing.endpoint`. A span must never hold a token, a query string or a subject.
 */
import type { Span, TimeInput } from '@opentelemetry/api'
import { createTraceState, ROOT_CONTEXT, SpanKind, SpanStatusCode, TraceFlags, trace } from '@opentelemetry/api'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { resourceFromAttributes } from '@opentelemetry/resources'
import type { SpanExporter } from '@opentelemetry/sdk-trace'
import { AlwaysOnSampler, BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace'
import type { Config } from '../../config/config.ts'
import { setUnrefTimer } from '../../timer.ts'
import { describeError } from '../describe-error.ts'
import type { Logger } from '../log.ts'
import type { TraceEnd } from './attributes.ts'
import { clientAttributes, serverAttributes, spanName } from './attributes.ts'
import { readTraceParent } from './trace-context.ts'

/** What is known when a request arrives. */
export interface TraceStart {
  readonly traceParent: string | undefined
  readonly traceState: string | undefined
}

export interface RequestTrace {
  readonly traceId: string
  /** False: what came was no trace, so its state is none either. */
  readonly hasParent: boolean
  /** The request goes to this service now. Returns the header `traceparent` for it, the same whenever it is asked. */
  forward(upstreamUrl: string): string
  end(facts: TraceEnd): void
}

export interface Tracing {
  /** Undefined: this request is not sampled. Its headers pass as they came. */
  begin(start: () => TraceStart): RequestTrace | undefined
  /** Sends what is left. Resolves after a second at the latest. */
  close(): Promise<void>
}

export interface TracingParts {
  readonly version: string
  readonly log: Logger
  /** From 0 to 1, without 1. */
  readonly random: () => number
}

const closeTimeoutMs = 1000

/** `endpoint`: where no path is given, that of OTLP is added. */
export function openTracing(
  { endpoint, sampleRatio }: Config['tracing'] & { readonly endpoint: string },
  { version, log, random }: TracingParts,
): Tracing {
  const url = new URL(endpoint).pathname === '/' ? new URL('/v1/traces', endpoint).href : endpoint
  const provider = new TracerProvider({
    // What is not sampled never comes here.
    sampler: new AlwaysOnSampler(),
    resource: resourceFromAttributes({ 'service.name': 'cogate', 'service.version': version }),
    spanProcessors: [new BatchSpanProcessor({ exporter: reporting(new OTLPTraceExporter({ url }), log) })],
  })
  const tracer = provider.getTracer('cogate', version)
  return {
    begin(start) {
      const { traceParent, traceState } = start()
      const parent = readTraceParent(traceParent)
      if (parent ? !parent.isSampled : random() >= sampleRatio) return undefined
      const context = parent && {
        ...{ traceId: parent.traceId, spanId: parent.spanId, traceFlags: TraceFlags.SAMPLED, isRemote: true },
        ...(traceState !== undefined && { traceState: createTraceState(traceState) }),
      }
      const span = tracer.startSpan(
        'HTTP',
        { kind: SpanKind.SERVER },
        context ? trace.setSpanContext(ROOT_CONTEXT, context) : ROOT_CONTEXT,
      )
      return new SampledRequest(span, parent !== undefined, (startTime) =>
        tracer.startSpan('HTTP', { kind: SpanKind.CLIENT, startTime }, trace.setSpan(ROOT_CONTEXT, span)),
      )
    },
    close: () => withinTime(provider.shutdown()),
  }
}

class SampledRequest implements RequestTrace {
  readonly hasParent: boolean
  readonly #server: Span
  readonly #startClient: (startTime: TimeInput) => Span
  #client: { readonly span: Span; readonly url: string; readonly startedAt: number } | undefined

  constructor(server: Span, hasParent: boolean, startClient: (startTime: TimeInput) => Span) {
    this.#server = server
    this.hasParent = hasParent
    this.#startClient = startClient
  }

  get traceId(): string {
    return this.#server.spanContext().traceId
  }

  forward(url: string): string {
    const startedAt = performance.timeOrigin + performance.now()
    this.#client ??= { span: this.#startClient(startedAt), url, startedAt }
    const { traceId, spanId } = this.#client.span.spanContext()
    return `00-${traceId}-${spanId}-01`
  }

  end(facts: TraceEnd): void {
    const isFault = facts.status >= 500
    if (this.#client) {
      const { span, url, startedAt } = this.#client
      span.updateName(spanName(facts.method))
      span.setAttributes(clientAttributes(facts, url))
      // The conventions call every refusal of a server an error of the client that was refused.
      if (facts.upstreamMs === undefined || facts.status >= 400) span.setStatus({ code: SpanStatusCode.ERROR })
      span.end(facts.upstreamMs === undefined ? undefined : startedAt + facts.upstreamMs)
    }
    this.#server.updateName(spanName(facts.method, facts.route))
    this.#server.setAttributes(serverAttributes(facts))
    if (isFault) this.#server.setStatus({ code: SpanStatusCode.ERROR })
    this.#server.end()
  }
}

/** Says in the log that spans are lost: once, until some arrive again. */
function reporting(exporter: SpanExporter, log: Logger): SpanExporter {
  const state = { isBroken: false }
  return {
    export(spans, done) {
      exporter.export(spans, (result) => {
        if (result.code !== 0 && !state.isBroken) {
          log.warn({ err: describeError(result.error ?? new Error('the collector refused them')) }, 'spans are lost')
        }
        state.isBroken = result.code !== 0
        done(result)
      })
    },
    shutdown: () => exporter.shutdown(),
    forceFlush: async () => exporter.forceFlush?.(),
  }
}

function withinTime(closing: Promise<void>): Promise<void> {
  return new Promise((resolve) => {
    setUnrefTimer(resolve, closeTimeoutMs)
    closing.then(resolve, () => resolve())
  })
}
