/**
 * Loads the configuration again while the gate runs: when asked to, and when one of its files has changed. A configuration that
 * cannot be used leaves the one before in use, and the log says why.
 */
import { isDeepStrictEqual as isSame } from 'node:util'
import { isAuthApiOn } from '../config/auth-api.ts'
import type { Config } from '../config/config.ts'
import { ConfigError, FaultError } from '../errors.ts'
import { describeError } from '../ops/describe-error.ts'
import type { LastReload } from '../ops/exposition/reload-gauges.ts'
import type { Logger } from '../ops/log.ts'
import { watchFiles } from './watch-files.ts'

export interface LoadedAgain {
  readonly config: Config
  /** Every file it was read from. */
  readonly files: Iterable<string>
}

export interface ReloaderOptions {
  /** What the gate starts with. */
  readonly start: LoadedAgain
  /** Throws ConfigError. */
  readonly load: () => LoadedAgain
  readonly log: Logger
  /** Milliseconds since the epoch. */
  readonly now: () => number
}

type Apply = (config: Config) => Promise<void>

export class Reloader {
  readonly #options: ReloaderOptions
  #last: LastReload
  #inUse: Config
  #apply: Apply | undefined
  #running: Promise<void> | undefined
  #waiting: string | undefined
  #unwatch = (): void => {}

  constructor(options: ReloaderOptions) {
    this.#options = options
    this.#inUse = options.start.config
    this.#last = { isGood: true, goodAt: options.now() }
  }

  get last(): LastReload {
    return this.#last
  }

  /** From now on the gate can take another configuration. `apply` throws where it cannot be used. */
  begin(apply: Apply): void {
    this.#apply = apply
    this.#watch(this.#options.start)
    if (this.#waiting !== undefined) this.request(this.#waiting)
  }

  /** `cause` is for the log. One at a time: what is asked for meanwhile is done once more, afterwards. */
  request(cause: string): void {
    this.#waiting = cause
    if (this.#apply !== undefined) this.#running ??= this.#run(this.#apply)
  }

  end(): void {
    this.#apply = undefined
    this.#unwatch()
  }

  async #run(apply: Apply): Promise<void> {
    while (this.#waiting !== undefined && this.#apply !== undefined) {
      const cause = this.#waiting
      this.#waiting = undefined
      await this.#reload(cause, apply)
    }
    this.#running = undefined
  }

  async #reload(cause: string, apply: Apply): Promise<void> {
    const { load, log, now } = this.#options
    try {
      const loaded = load()
      const { config, needsRestart } = planReload(this.#inUse, loaded.config)
      await apply(config)
      this.#inUse = config
      this.#last = { isGood: true, goodAt: now() }
      this.#watch(loaded)
      log.info({ cause }, 'configuration reloaded')
      if (needsRestart.length > 0) log.warn({ keys: needsRestart }, 'these keys need a restart; their old values stay')
    } catch (error) {
      this.#last = { ...this.#last, isGood: false }
      log.error({ cause, ...describeFault(error) }, 'configuration not reloaded; the one before stays in use')
    }
  }

  #watch({ config, files }: LoadedAgain): void {
    this.#unwatch()
    this.#unwatch = config.reload.watch ? watchFiles(files, () => this.request('file changed')) : () => {}
  }
}

/** Values are never shown that the configuration keeps secret. */
function describeFault(error: unknown): object {
  if (!(error instanceof ConfigError)) return { err: describeError(error) }
  return { issues: error.issues.map(({ key, source, found, expected }) => ({ key, source, found, expected })) }
}

/** What listeners, processes and observers are built from, once. */
const fixedKeys = [
  'listen',
  'tls',
  'ops',
  'workers',
  'log',
  'drain',
  'endpoints',
  'forwardAuth',
  'proxy',
  'activeUsers',
  'tracing',
] as const
/** The limits that each request asks for anew; the listener holds the others. */
const readAnew = ['tokenBytes', 'headerCount', 'urlBytes', 'bodyBytes'] as const

interface ReloadPlan {
  /** `next`, with the old values of what needs a restart. */
  readonly config: Config
  /** The keys that need one. */
  readonly needsRestart: readonly string[]
}

/** Throws FaultError where browser sign-in comes or goes: rules of the other configuration may depend on it. */
function planReload(before: Config, next: Config): ReloadPlan {
  if ((before.login.domain === undefined) !== (next.login.domain === undefined)) {
    throw new FaultError('login.domain cannot come or go without a restart')
  }
  const kindOf = ({ authApi }: Config) => (isAuthApiOn(authApi) ? authApi.mode : 'off')
  if (kindOf(before) !== kindOf(next)) {
    throw new FaultError('authApi cannot come or go, or change its mode, without a restart')
  }
  const fixed = fixedKeys.filter((key) => !isSame(before[key], next[key]))
  const anew = Object.fromEntries(readAnew.map((key) => [key, next.limits[key]]))
  const kept = Object.fromEntries(fixedKeys.map((key) => [key, before[key]]))
  return {
    config: { ...next, ...kept, limits: { ...before.limits, ...anew } },
    needsRestart: isSame(heldLimits(before), heldLimits(next)) ? fixed : [...fixed, 'limits'],
  }
}

/** Without those that are read anew: one of them may be absent, as `limits.body: none` is. */
function heldLimits({ limits }: Config): object {
  return Object.fromEntries(Object.entries(limits).filter(([name]) => !readAnew.some((key) => key === name)))
}
