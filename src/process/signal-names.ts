/**
 * What each signal that would end a process by itself does here: it drains, or it is ignored. Handles nothing.
 */

/** SIGPWR: the power goes, or a container manager stops the container. SIGXCPU: the soft limit of CPU time is reached. */
export const drainSignals = [
  'SIGTERM',
  'SIGINT',
  'SIGQUIT',
  'SIGPWR',
  'SIGXCPU',
] as const satisfies readonly NodeJS.Signals[]

/**
 * SIGUSR1 would open the debugger of Node.js on loopback, which all containers of a pod share. SIGHUP comes when a
 * terminal closes, and asks `cogate start` for another configuration. SIGUSR2 asks it to open the audit log again. SIGXFSZ comes when a file grows too large.
 */
export const ignoredSignals = [
  'SIGHUP',
  'SIGUSR1',
  'SIGUSR2',
  'SIGALRM',
  'SIGVTALRM',
  'SIGIO',
  'SIGSTKFLT',
  'SIGXFSZ',
] as const satisfies readonly NodeJS.Signals[]
