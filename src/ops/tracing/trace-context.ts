/** W3C Trace Context (https://www.w3.org/TR/trace-context/): who called, as the header `traceparent` says it. */

export interface TraceParent {
  /** 32 hexadecimal digits. */
  readonly traceId: string
  /** 16 hexadecimal digits. */
  readonly spanId: string
  readonly isSampled: boolean
}

/** Section 2.2.2: version, trace, parent, flags; a later version may have more behind them. */
const form = /^(?!ff)([\da-f]{2})-(?!0{32})([\da-f]{32})-(?!0{16})([\da-f]{16})-([\da-f]{2})(-.*)?$/

/** Undefined: the header did not come, came twice, or is none. */
export function readTraceParent(header: string | undefined): TraceParent | undefined {
  const [, version, traceId, spanId, flags = '', more] = form.exec(header ?? '') ?? []
  if (traceId === undefined || spanId === undefined || (version === '00' && more !== undefined)) return undefined
  return { traceId, spanId, isSampled: (Number.parseInt(flags, 16) & 1) === 1 }
}
