/**
 * Forward-auth: another proxy asks whether a request may pass, and gets the verdict of the same walk. Returns values; the gate
 * writes them.
 */
import { decide } from '../decide/decide.ts'
import type { Allow, Decision, Refusal, SetCookies, ToLogin } from '../decide/decision.ts'
import type { RequestHead } from '../decide/request-head.ts'
import { readHead } from '../decide/request-head.ts'
import type { Runtime } from '../decide/runtime.ts'
import { identityPairs } from '../headers/identity.ts'
import type { HeaderPair } from '../headers/lines.ts'
import { readLines } from '../headers/lines.ts'
import type { HeaderRules } from '../headers/request.ts'
import type { Reason } from '../reasons.ts'
import type { Question } from './question.ts'
import { readQuestion } from './question.ts'

type Caller = NonNullable<Allow['caller']>
export type Verdict = Allow | Refusal | ToLogin

export interface ForwardAuth {
  /** Whether a request target is that of the endpoint, or below the one of Envoy. */
  isFor(target: string): boolean
  /** A reason: nothing can be asked in this way, or not by this sender. */
  read(asking: RequestHead): Question | Reason
  /** `now` is in milliseconds since the epoch. */
  decide(question: Question, now: number): Verdict | Promise<Verdict>
  /** The headers of 200: name, value, name, value … `cookies` is what it has to set. */
  linesFor(caller: Allow['caller'], cookies: SetCookies): readonly string[]
}

/** `prefix` is that of the endpoints: `/_cogate`. */
export function compileForwardAuth(prefix: string, runtime: Runtime): ForwardAuth {
  const path = `${prefix}/auth`
  // Envoy puts the original path behind it. Not below `path`: what a caller asks for would be an operation of the auth API.
  const before = `${prefix}/ext-authz`
  const limits = { ...runtime.limits, urlBytes: runtime.limits.urlBytes + before.length }
  // The answer to a preflight is 2xx, which would let it pass to the service.
  const asked = { ...runtime, cors: undefined }
  const { isTrusted } = runtime.headers
  const identityOf = compileIdentityLines(runtime.headers)
  return {
    isFor: (target) =>
      (target.startsWith(path) && ends.has(target.charAt(path.length))) || target.startsWith(`${before}/`),
    read(asking) {
      const facts = readHead({ ...asking, method: 'GET' }, limits)
      if (typeof facts === 'string') return facts
      if (!isTrusted(asking.address ?? '')) return 'sender_not_trusted'
      const behind = asking.url.startsWith(before) ? asking.url.slice(before.length) : ''
      return readQuestion(asking, behind) ?? 'request_malformed'
    },
    decide(question, now) {
      const decision = decide(asked, question.head, now)
      return decision instanceof Promise ? decision.then(asVerdict) : asVerdict(decision)
    },
    linesFor(caller, cookies) {
      const identity = identityOf(caller)
      return cookies ? [...identity, ...cookies.flatMap((cookie) => ['Set-Cookie', cookie])] : identity
    },
  }
}

/**
 * Every identity header, empty where it is not known: the proxy that asks overwrites what its caller has sent. The lines of a
 * caller are kept as long as the caller is, and written anew when its signature is.
 */
function compileIdentityLines({ identity, signIdentity }: HeaderRules) {
  const write = (pairs: readonly HeaderPair[]) => identity.overwritten.flatMap((name) => [name, valueIn(name, pairs)])
  const nobody = write([])
  const written = new WeakMap<Caller, { readonly signed: string; readonly lines: readonly string[] }>()
  return (caller: Caller | undefined): readonly string[] => {
    if (caller === undefined) return nobody
    const signed = signIdentity?.(caller) ?? ''
    const known = written.get(caller)
    if (known?.signed === signed) return known.lines
    const lines = write([...identityPairs(caller), ...readLines(signed)])
    written.set(caller, { signed, lines })
    return lines
  }
}

const ends: ReadonlySet<string> = new Set(['', '?'])

/** An endpoint of the gate answers by itself, and no service may get a request for it. */
function asVerdict(decision: Decision): Verdict {
  return decision.kind === 'endpoint' || decision.kind === 'preflight'
    ? { kind: 'refuse', reason: 'endpoint_not_found', route: undefined, caller: undefined }
    : decision
}

function valueIn(name: string, pairs: readonly HeaderPair[]): string {
  return pairs.find(([known]) => known === name)?.[1] ?? ''
}
