/**
 * pino, where its lines go, and what they may say of an error. Never a token, a query string or a header.
 */
import type { DestinationStream, Logger } from 'pino'
import { pino } from 'pino'
import type { Config } from '../config/config.ts'
import { setUnrefTimer } from '../timer.ts'

export type { Logger } from 'pino'

/** Bytes that wait while standard output is not read, or its disk is full; lines beyond are lost, requests are not. */
const maxWaitingBytes = 8 * 1024 * 1024

/** A net below the rule that secrets are not passed to the logger at all. */
const secretPaths = ['authorization', 'cookie', 'token', 'password', 'clientSecret', 'refreshToken'].flatMap((name) => [
  name,
  `*.${name}`,
  `*.*.${name}`,
])

export function createLogger(config: Config['log'], destination?: DestinationStream): Logger {
  const options = {
    level: config.level,
    base: null,
    timestamp: createTimestamp(),
    formatters: { level: (label: string) => ({ level: label }) },
    redact: { paths: secretPaths, censor: '[redacted]' },
    // What is passed is made for the log; pino would take it for an error and add a type and an empty stack.
    serializers: { err: (described: object) => described },
  }
  return pino(options, destination ?? standardOutput())
}

/** For lines whose every field is chosen: the net below costs fifteen times the line. */
export function withoutNet(log: Logger): Logger {
  return log.child({}, { redact: [] })
}

/** Resolves when every line has been written, or after a second: whoever does not read the log cannot keep us. */
export function flushLog(log: Logger): Promise<void> {
  return new Promise((resolve) => {
    setUnrefTimer(resolve, flushTimeoutMs)
    log.flush(() => resolve())
  })
}

const flushTimeoutMs = 1000

/** No request waits for it, and none suffers where it cannot be written. */
function standardOutput(): DestinationStream {
  const patience = { until: Number.POSITIVE_INFINITY }
  const stream = pino.destination({
    dest: 1,
    sync: false,
    // Without a least length a flush counts as done while the last write still waits.
    minLength: 1,
    maxLength: maxWaitingBytes,
    retryEAGAIN: () => performance.now() < patience.until,
  })
  flushInTime(stream, patience)
  gatherLines(stream)
  return stream
}

/**
 * pino's own destination would end the process at the first write that fails, and its last flush, at fatal lines and at
 * exit, tries for ever: on a full disk, or while nobody reads. What is left is written with the next line, if it can be.
 */
function flushInTime(stream: ReturnType<typeof pino.destination>, patience: { until: number }): void {
  const flushSync = stream.flushSync.bind(stream)
  let isBroken = false
  stream.on('error', () => {
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
      // It stays where it was.
    } finally {
      patience.until = Number.POSITIVE_INFINITY
    }
  }
}

/** ISO 8601 as a member of the line; the lines of one millisecond share the text. */
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

export interface LoggedError {
  readonly message: string
  readonly code?: string | undefined
  readonly stack?: string | undefined
}

/** A defect: what and where. An error quotes what it stumbled over, so tokens are taken out; other values are not shown. */
export function describeError(error: unknown): LoggedError {
  if (!(error instanceof Error)) return { message: `${error === null ? 'null' : typeof error} was thrown` }
  const { message, stack, code } = error as NodeJS.ErrnoException
  return { message: hideTokens(message), code, stack: stack && hideTokens(stack) }
}

function hideTokens(text: string): string {
  return text.replaceAll(/\beyJ[\w-]{8,}[\w.-]*/g, '[token]').replaceAll(/\b(Bearer) +\S+/gi, '$1 [token]')
}

export interface LineStream {
  /** Characters from which on it begins to write by itself. */
  minLength?: number | undefined
  write(lines: string): boolean
  flush(done?: (error?: Error) => void): void
  flushSync(): void
}

/** As much as SonicBoom gathers itself. */
const maxGatheredChars = 16 * 1024

/** Changes the stream itself: pino flushes the one it knows when the process ends. */
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
    // A write that it began by itself would go on beside this one, and be lost with the process.
    stream.minLength = Number.POSITIVE_INFINITY
    handOver()
    stream.minLength = minLength
    flushSync()
  }
}
