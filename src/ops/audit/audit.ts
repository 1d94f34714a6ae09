/**
 * The audit log: one line for each request that was decided, in a file or among the lines of the log. Its fields are a promise to
 * the outside. A line must never hold a token, a query string or a claim beyond the ids.
 */
import { closeSync, constants, openSync } from 'node:fs'
import { FaultError } from '../../errors.ts'
import { describeError } from '../describe-error.ts'
import type { LineStream, Logger } from '../log.ts'
import { createLogger, destinationOf, flushLog, openLines, withoutRedaction } from '../log.ts'

export interface AuditLine {
  readonly requestId: string
  readonly traceId: string | undefined
  readonly method: string
  /** Without the query. */
  readonly path: string
  readonly route: string
  readonly outcome: string
  readonly reason: string
  readonly status: number
  readonly address: string
  /** The address of the client, where trusted proxies name another one. */
  readonly client: string | undefined
  /** Of a verified token, as all that follow. */
  readonly pool: string | undefined
  readonly clientId: string | undefined
  /** As `log.subject` says. */
  readonly sub: string | undefined
  readonly jti: string | undefined
  readonly origin_jti: string | undefined
}

export interface Audit {
  write(line: AuditLine): void
  /** The file may have been moved away: a new one is made in its place. */
  reopen(): void
  /** As `flushLog`. */
  flush(): Promise<void>
}

/** `target` is `stdout` or a file. Throws FaultError where the file cannot be opened: what must be audited is not served without. */
export function openAudit(target: string, log: Logger): Audit {
  const stream = target === 'stdout' ? undefined : openFile(target, log)
  const lines = withoutRedaction(createLogger({ level: 'info' }, stream ?? destinationOf(log)))
  return {
    write: (line) => lines.info(line, 'audit'),
    reopen: () => stream?.reopen(),
    flush: () => (stream ? flushLog(lines) : Promise.resolve()),
  }
}

/** Others than the owner may not read it. */
const fileMode = 0o600
/** To add lines, without waiting for a reader if it is a pipe. */
const atOnce = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NONBLOCK

function openFile(file: string, log: Logger): LineStream & { reopen(): void } {
  try {
    closeSync(openSync(file, atOnce, fileMode))
  } catch (error) {
    throw new FaultError(`log.audit: ${file}: ${(error as NodeJS.ErrnoException).code}`)
  }
  const onFault = (error: Error): void => log.error({ file, err: describeError(error) }, 'audit log failed')
  return openLines({ dest: file, mode: fileMode }, onFault)
}
