/**
 * Errors that have a text for the user, carried from a worker to the primary, which reports them as its own. A defect
 * must not be carried: it is logged with its stack where it happened.
 */
import { ConfigError, FaultError } from '../../errors.ts'
import type { Fault } from './messages.ts'

/** Undefined for a defect. */
export function toFault(error: unknown): Fault | undefined {
  if (error instanceof ConfigError) return { kind: 'config', issues: error.issues }
  return error instanceof FaultError ? { kind: 'fault', message: error.message } : undefined
}

export function toError(fault: Fault): ConfigError | FaultError {
  return fault.kind === 'config' ? new ConfigError(fault.issues) : new FaultError(fault.message)
}
