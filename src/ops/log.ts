/**
 * The log: pino, and the way of its lines to standard output. A line must never hold a token, a query string or a header.
 */
import type { DestinationStream, Logger } from 'pino'
import { pino } from 'pino'
import type { Config } from '../config/config.ts'
import { setUnrefTimer } from '../timer.ts'

export type { Logger } from 'pino'

/** Redacted in case somebody passes them to the logger, which is against the rules of this code. */
const secretPaths = ['authorization', 'cookie', 'token', 'password', 'clientSecret', 'refreshToken'].flatMap((name) => [
  name,
  `*.${name}`,
  `*.*.${name}`,
])

export function createLogger(config: Pick<Config['log'], 'level'>, destination?: DestinationStream): Logger {
  const options = {
    level: config.level,
    base: null,
    timestamp: createTimestamp(),
    formatters: { level: (label: string) => ({ level: label }) },
    redact: { paths: secretPaths, censor: '[redacted]' },
    // `err` is what `describeError` returns. The serializer of pino would add a type and an empty stack.
    serializers: { err: (described: object) => described },
  }
  return pino(options, destination ?? openLines({ dest: 1 }))
}

/** Gives the member `time` of a line in ISO 8601. It is formatted once for all lines of a millisecond. */
function createTimestamp(): () => string {
  let at = 0
  let text = ''
  return () => {
    const now = Date.now()
    if (now === at) return text
    at = now
    text = `,"time":"${new Date(now).toISOString()}"`
    return text
  }
}

/**
 * A logger without redaction, for lines with only known-safe fields: redacting costs 15 times as much as writing the
 * line.
 */
export function withoutRedaction(log: Logger): Logger {
  return log.child({}, { redact: [] })
}

/** Resolves when every line is written, or after a second: a reader that stopped reading must not hold up the end. */
export function flushLog(log: Logger): Promise<void> {
  return new Promise((resolve) => {
    setUnrefTimer(resolve, flushTimeoutMs)
    log.flush(() => resolve())
  })
}

const flushTimeoutMs = 1000

/**
 * How many bytes wait while standard output is not read or its disk is full. Further lines are lost, never requests.
 */
const maxWaitingBytes = 8 * 1024 * 1024

/** Where a logger writes to. */
export function destinationOf(log: Logger): DestinationStream {
  return (log as unknown as Readonly<Record<symbol, DestinationStream>>)[pino.symbols.streamSym] as DestinationStream
}

/** A descriptor or a file, to whose end lines are added. */
interface LineTarget {
  readonly dest: number | string
  /** Of a file that is made. */
  readonly mode?: number
}

type LineDestination = ReturnType<typeof pino.destination>

/**
 * Writes asynchronously: no request waits for the log, and none fails when the log cannot be written. `onFault` hears of the first
 * of several writes that fail; default: nobody.
 */
export function openLines(target: LineTarget, onFault: (error: Error) => void = () => {}): LineDestination {
  const patience = { until: Number.POSITIVE_INFINITY }
  const stream = pino.destination({
    ...target,
    sync: false,
    // With 0 a flush calls back while the last write still waits.
    minLength: 1,
    maxLength: maxWaitingBytes,
    retryEAGAIN: () => performance.now() < patience.until,
  })
  flushInTime(stream, patience, onFault)
  gatherLines(stream)
  return stream
}

/**
 * Makes two faults of standard output harmless. A write that fails would end the process: the error is noted instead. A
 * synchronous flush, which pino does at fatal lines and at exit, would try for ever on a full disk or while nobody
 * reads: it ends after a second. The lines that are left are written with the next one, if that is possible.
 */
function flushInTime(stream: LineDestination, patience: { until: number }, onFault: (error: Error) => void): void {
  const flushSync = stream.flushSync.bind(stream)
  let isBroken = false
  stream.on('error', (error: Error) => {
    if (!isBroken) onFault(error)
    isBroken = true
  })
  stream.on('write', () => {
    isBroken = false
  })
  stream.flushSync = () => {
    if (isBroken) return
    patience.until = performance.now() + flushTimeoutMs
    try {
      flushSync()
    } catch {
      // The lines stay in the buffer of the stream.
    } finally {
      patience.until = Number.POSITIVE_INFINITY
    }
  }
}

export const reportModeText = 'report mode: no rule refuses anything'

/** The part of pino's destination that `gatherLines` changes. */
export interface LineStream {
  /** The stream writes by itself when it holds this many characters. */
  minLength?: number | undefined
  write(lines: string): boolean
  flush(done?: (error?: Error) => void): void
  flushSync(): void
}

/** SonicBoom itself writes at most this much at once. */
const maxGatheredChars = 16 * 1024

/**
 * Batches the log lines of one event-loop turn into one write, because SonicBoom re-measures its buffer at each. Both
 * flush variants drain the batch first. Replaces the methods of the stream itself: when the process ends, pino flushes
 * the stream that it knows.
 */
export function gatherLines(stream: LineStream): void {
  const write = stream.write.bind(stream)
  const flush = stream.flush.bind(stream)
  const flushSync = stream.flushSync.bind(stream)
  let gathered = ''
  const handOver = (): void => {
    const lines = gathered
    gathered = ''
    if (lines !== '') write(lines)
  }
  stream.write = (line) => {
    if (gathered === '') setImmediate(handOver)
    gathered += line
    if (gathered.length >= maxGatheredChars) handOver()
    return true
  }
  stream.flush = (done) => {
    handOver()
    flush(done)
  }
  stream.flushSync = () => {
    const { minLength } = stream
    // Keeps the stream from a write of its own, which would be asynchronous and lost with the process.
    stream.minLength = Number.POSITIVE_INFINITY
    handOver()
    stream.minLength = minLength
    flushSync()
  }
}
