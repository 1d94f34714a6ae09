/**
 * `cogate explain`: how the gate would judge a request, and why a token is refused. Reads the token from a file or from
 * standard input, never from the command line, and never prints it.
 */
import { readFileSync } from 'node:fs'
import { printableJson } from '../admin/printable.ts'
import { loadConfig } from '../config/load.ts'
import { loadCredentials } from '../credentials/load.ts'
import { compileRuntime, withCredentials } from '../decide/runtime.ts'
import type { Explanation, Question } from '../explain/explain.ts'
import { explain } from '../explain/explain.ts'
import { renderExplanation } from '../explain/render.ts'
import { readTokenFacts } from '../explain/token-facts.ts'
import { createKeyFetcher } from '../tokens/keys/fetch.ts'
import { readArguments } from './arguments.ts'
import type { Terminal } from './command.ts'

const ownFlags = {
  '--method': 'value',
  '--path': 'value',
  '--host': 'value',
  '--token-file': 'value',
  '--at': 'value',
  '--lang': 'value',
  '--json': 'switch',
  '--show-claims': 'switch',
} as const

/** Exit code 0: the request would pass, 1: it would not, 64: bad usage. */
export async function explainCommand(argv: readonly string[], { env, print, warn }: Terminal): Promise<number> {
  const { given, rest } = readArguments(argv, ownFlags)
  const question = readQuestion(given, env)
  if (typeof question === 'string') {
    warn(`cogate explain: ${question}\n`)
    return 64
  }
  const { config } = loadConfig({ argv: rest, env, commandFlags: ownFlags })
  const fetcher = createKeyFetcher({ proxy: config.proxy })
  try {
    const { fetchKeys } = fetcher
    const compiled = compileRuntime(config, { fetchKeys, now: Date.now, random: Math.random, onKeyEvent() {} })
    const runtime = withCredentials(compiled, await loadCredentials(config))
    await runtime.jwks.refreshDue()
    const explanation = await explain({ config, runtime }, question)
    const claims = given.has('--show-claims') && question.token !== undefined ? claimsOf(question.token) : undefined
    print(given.has('--json') ? toJson(explanation, claims) : toText(explanation, question, claims))
    return explanation.verdict === 'allow' || explanation.verdict === 'report' ? 0 : 1
  } finally {
    await fetcher.close()
  }
}

/** A text: what is wrong with the words. */
function readQuestion(given: ReadonlyMap<string, string>, env: Terminal['env']): Question | string {
  const at = given.get('--at')
  const now = at === undefined ? Date.now() : readTime(at)
  if (now === undefined) return `--at ${at}: expected a time such as 2026-11-29T12:00:00Z, or seconds since 1970`
  const lang = given.get('--lang') ?? (/^ja\b/.test(env['LC_ALL'] ?? env['LANG'] ?? '') ? 'ja' : 'en')
  if (lang !== 'en' && lang !== 'ja') return `--lang ${lang}: expected en or ja`
  const target = { path: given.get('--path') ?? '/', method: given.get('--method') ?? 'GET' }
  const host = given.get('--host') ?? 'localhost'
  const misfit = findMisfit({ ...target, host })
  if (misfit !== undefined) return misfit
  const token = readToken(given.get('--token-file'))
  if (token instanceof Error) return `--token-file: ${token.message}`
  return { ...target, host, token, now, lang }
}

/** What no client sends, and what was meant. Everything else is judged as the gate would judge it. */
function findMisfit({ path, method, host }: Pick<Question, 'path' | 'method' | 'host'>): string | undefined {
  const [, hostOfUrl, rest = ''] = /^https?:\/\/([^/?#]+)(\/.*)?$/.exec(path) ?? []
  if (hostOfUrl !== undefined) return `--path ${path}: a URL; write --host ${hostOfUrl} --path ${rest || '/'}`
  if (!path.startsWith('/')) return `--path ${path}: expected a path that begins with /`
  if (method === '') return '--method: expected a method such as GET'
  const capitals = method.toUpperCase()
  if (method !== capitals) return `--method ${method}: letter case counts; write --method ${capitals}`
  const [, bare = ''] = /^(?:\w+:\/\/)?([^/\s]*)/.exec(host) ?? []
  if (bare === '') return '--host: expected a host such as app.example.com'
  return bare === host ? undefined : `--host ${host}: expected a host alone; write --host ${bare}`
}

function readTime(text: string): number | undefined {
  const ms = /^\d{9,11}$/.test(text) ? Number(text) * 1000 : Date.parse(text)
  return Number.isNaN(ms) ? undefined : ms
}

/** `-` is standard input. Without the flag the request has no token. */
function readToken(file: string | undefined): string | undefined | Error {
  if (file === undefined) return undefined
  try {
    return readFileSync(file === '-' ? 0 : file, 'utf8').replace(/\r?\n$/, '')
  } catch (error) {
    // Whoever types the token itself should not find it in a log of the build too.
    return /eyJ/.test(file) ? new Error('expected a file that holds the token, and not the token') : (error as Error)
  }
}

function claimsOf(token: string): Readonly<Record<string, unknown>> {
  return readTokenFacts(token).claims
}

type Claims = Readonly<Record<string, unknown>> | undefined

function toJson(explanation: Explanation, claims: Claims): string {
  return `${printableJson({ ...explanation, ...(claims && { claims }) }, 2)}\n`
}

function toText(explanation: Explanation, { lang }: Question, claims: Claims): string {
  const text = renderExplanation(explanation, lang)
  return claims === undefined ? text : `${text}\n${printableJson(claims, 2)}\n`
}
