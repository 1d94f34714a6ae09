/**
 * Errors that have a text for the user, carried from a worker to the primary, which reports them as its own. A defect
 * must not be carried: it is logged with its stack where it happened.
 */
import { ConfigError, FaultError } from '../../errors.ts'
import type { Fault } from './messages.ts'

/** Undefined for a defect. Without it the process would end with a bare stack. */
export function toFault(error: unknown): Fault | undefined {
  if (error instanceof ConfigError) return { kind: 'config', issues: error.issues }
  return error instanceof FaultError || isOfSystem(error) ? { kind: 'fault', message: error.message } : undefined
}

/** An error of the system names what it failed at: `ENOENT: no such file or directory, open '/tls.key'`. */
function isOfSystem(error: unknown): error is Error {
  return error instanceof Error && 'syscall' in error
}

export function toError(fault: Fault): ConfigError | FaultError {
  return fault.kind === 'config' ? new ConfigError(fault.issues) : new FaultError(fault.message)
}
