/**
 * What the log says of an error. Loads no logger: the library writes to that of its application.
 */

export interface LoggedError {
  readonly message: string
  readonly code?: string | undefined
  readonly stack?: string | undefined
}

/**
 * What the log says of an error: what happened and where. Errors quote the text that they failed at, so tokens are
 * replaced. A thrown value that is no error is not shown.
 */
export function describeError(error: unknown): LoggedError {
  if (!(error instanceof Error)) return { message: `${error === null ? 'null' : typeof error} was thrown` }
  const { message, stack, code } = error as NodeJS.ErrnoException
  return { message: hideTokens(message), code, stack: stack && hideTokens(stack) }
}

/** Replaces what looks like a token. */
export function hideTokens(text: string): string {
  return text.replaceAll(/\beyJ[\w-]{8,}[\w.-]*/g, '[token]').replaceAll(/\b(Bearer|Basic) +\S+/gi, '$1 [token]')
}
