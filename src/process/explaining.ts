/**
 * Answers `POST /explain` of the ops listener: how the gate would judge a request, and why. Loaded when somebody asks for the first
 * time. The token that is asked about must never be logged, remembered or sent to another process.
 */
import type { Config } from '../config/config.ts'
import { loadCredentials } from '../credentials/load.ts'
import type { Runtime } from '../decide/runtime.ts'
import { compileRuntime, withCredentials } from '../decide/runtime.ts'
import type { Question } from '../explain/explain.ts'
import { explain } from '../explain/explain.ts'
import { createKeyFetcher } from '../tokens/keys/fetch.ts'

interface ExplainAnswer {
  readonly status: 200 | 400
  readonly body: object
}

interface Explained {
  readonly config: Config
  readonly runtime: Runtime
}

/** `now` is in milliseconds since the epoch. */
export async function answerQuestion(asked: unknown, context: Explained, now: number): Promise<ExplainAnswer> {
  const question = readQuestion(asked, now)
  if (typeof question === 'string') return { status: 400, body: { error: question } }
  return { status: 200, body: await explain(context, question) }
}

const known = ['method', 'path', 'host', 'token', 'lang'] as const

/** A text: what is wrong with it. It never quotes a value. */
function readQuestion(asked: unknown, now: number): Question | string {
  if (typeof asked !== 'object' || asked === null || Array.isArray(asked)) return 'expected a JSON object'
  const given: Readonly<Record<string, unknown>> = { ...asked }
  if (Object.keys(given).some((name) => !known.some((one) => one === name))) return `expected ${known.join(', ')} only`
  const wrong = known.find((name) => given[name] !== undefined && typeof given[name] !== 'string')
  if (wrong !== undefined) return `${wrong}: expected a text`
  const {
    method = 'GET',
    path = '/',
    host = 'localhost',
    token,
    lang = 'en',
  } = given as Partial<Record<string, string>>
  if (!/^[!#$%&'*+.^_`|~\w-]+$/.test(method)) return 'method: expected a method such as GET'
  if (!path.startsWith('/')) return 'path: expected a path that begins with /'
  if (lang !== 'en' && lang !== 'ja') return 'lang: expected en or ja'
  return { method, path, host, token, now, lang }
}

/** Of a process that serves no request: it compiles the configuration, and fetches keys, when it is asked. */
export class OwnExplainer {
  readonly #config: () => Config
  #compiled: (Explained & { readonly close: () => Promise<void> }) | undefined

  constructor(config: () => Config) {
    this.#config = config
  }

  async answer(asked: unknown, now: number): Promise<ExplainAnswer> {
    const compiled = await this.#compile(this.#config())
    await compiled.runtime.jwks.refreshDue()
    return answerQuestion(asked, compiled, now)
  }

  async #compile(config: Config): Promise<Explained> {
    if (this.#compiled?.config === config) return this.#compiled
    await this.close()
    const { fetchKeys, close } = createKeyFetcher({ proxy: config.proxy })
    const compiled = compileRuntime(config, { fetchKeys, now: Date.now, random: Math.random, onKeyEvent() {} })
    const runtime = withCredentials(compiled, await loadCredentials(config))
    this.#compiled = { config, runtime, close }
    return this.#compiled
  }

  async close(): Promise<void> {
    await this.#compiled?.close()
  }
}
