/**
 * Errors with words for the user, across the process boundary: what a worker fails with, the primary reports as if it
 * were its own. A defect is not carried over; it keeps its stack where it happened.
 */
import { ConfigError, FaultError } from '../../errors.ts'
import type { Fault } from './messages.ts'

export function toFault(error: unknown): Fault | undefined {
  if (error instanceof ConfigError) return { kind: 'config', issues: error.issues }
  return error instanceof FaultError ? { kind: 'fault', message: error.message } : undefined
}

export function toError(fault: Fault): ConfigError | FaultError {
  return fault.kind === 'config' ? new ConfigError(fault.issues) : new FaultError(fault.message)
}
