/**
 * Explains how the gate judges one request. It takes the real walk with an observer; it never judges anything itself.
 */
import type { Config } from '../config/config.ts'
import type { Found } from '../credentials/credentials.ts'
import { bearerAlone } from '../credentials/credentials.ts'
import { decide } from '../decide/decide.ts'
import type { Decision, Step as WalkStep } from '../decide/decision.ts'
import type { RouteCandidate } from '../decide/match.ts'
import { compileRates } from '../decide/rate-limiter.ts'
import { adviseOn, nameForm } from '../decide/resolve.ts'
import type { Route } from '../decide/route.ts'
import type { Runtime } from '../decide/runtime.ts'
import { readFields } from '../headers/head-fields.ts'
import type { Reason } from '../reasons.ts'
import { reasons } from '../reasons.ts'
import { RefusedTokens } from '../tokens/refused-tokens.ts'
import { TokenCache } from '../tokens/token-cache.ts'
import type { Verifier } from '../tokens/verify.ts'
import { adviceOn } from './advice.ts'
import type { Finding } from './findings.ts'
import { diagnose } from './findings.ts'
import { english } from './texts-en.ts'
import type { TokenFacts } from './token-facts.ts'
import { readTokenFacts } from './token-facts.ts'
import { show, wordsFor } from './words.ts'

export interface Question {
  readonly method: string
  /** The request target. */
  readonly path: string
  readonly host: string
  /** What comes behind `Authorization: Bearer`; undefined: no such header. */
  readonly token?: string | undefined
  /** Milliseconds since the epoch. */
  readonly now: number
  readonly lang: 'en' | 'ja'
}

export interface ExplainedStep {
  readonly step: 'head' | 'path' | 'rule' | 'credential' | 'session' | 'token' | 'policy'
  readonly outcome: 'ok' | 'refused' | 'skipped'
  readonly detail: string
}

export interface Explanation {
  readonly verdict: 'allow' | 'report' | 'challenge' | 'deny' | 'login'
  /** Of the gate's own answer; 200 stands for whatever the service answers. */
  readonly status: number
  readonly reason: Reason | 'allowed'
  readonly finding?: Finding
  readonly steps: readonly ExplainedStep[]
  readonly token?: ExplainedToken
  /** What was found, in one or two sentences. */
  readonly what: string
  /** What to do. */
  readonly fix: string
  /** Where the documentation says more. */
  readonly see: string
}

export interface ExplainedToken {
  readonly tokenUse: string | undefined
  readonly issuer: string | undefined
  readonly clientId: string | undefined
  readonly kid: string | undefined
  readonly issuedAt: string | undefined
  readonly expiresAt: string | undefined
}

export interface ExplainContext {
  readonly config: Config
  readonly runtime: Runtime
}

export async function explain({ config, runtime }: ExplainContext, question: Question): Promise<Explanation> {
  const { now, token } = question
  const steps: WalkStep[] = []
  // An explanation counts against nobody's rate, and no token is remembered for it or counted.
  const uncounted = { ...runtime, rates: compileRates(), verifier: forgetful(runtime.verifier) }
  // A token that is given stands for one that came where the configuration reads it.
  const asked = token === undefined ? uncounted : { ...uncounted, credentials: bearerAlone }
  const decision = await decide(asked, headOf(question), now, (step) => steps.push(step))
  const sent = token ?? tokenOf(steps)
  const facts = sent === undefined ? undefined : readTokenFacts(sent)
  const reason = reasonOf(decision)
  const route = decision.route
  const told = await tell({ config, runtime, question, facts, reason, route, decision })
  return {
    ...verdictOf(decision),
    reason: reason ?? 'allowed',
    ...told,
    steps: explainSteps(steps),
    ...(facts && { token: describeToken(facts) }),
  }
}

/** Of a query in which the configuration reads it. */
function tokenOf(steps: readonly WalkStep[]): string | undefined {
  const found = steps.find((step) => step.step === 'credential')?.credential
  return found?.kind === 'bearer' ? found.token : undefined
}

function forgetful(verifier: Verifier): Verifier {
  const cache = new TokenCache({ maxEntries: 1, maxBytes: 1, maxAgeMs: 1 })
  return { ...verifier, cache, refused: new RefusedTokens(Math.random), onVerified: undefined }
}

function headOf({ method, path, host, token }: Question) {
  const authorization = token === undefined ? [] : ['Authorization', `Bearer ${token}`]
  return { httpVersion: '1.1', method, url: path, fields: readFields(['Host', host, ...authorization]) }
}

function reasonOf(decision: Decision): Reason | undefined {
  if (decision.kind === 'allow') return decision.reported
  return decision.kind === 'endpoint' || decision.kind === 'preflight' ? undefined : decision.reason
}

function verdictOf(decision: Decision): Pick<Explanation, 'verdict' | 'status'> {
  if (decision.kind === 'endpoint') return { verdict: 'allow', status: 200 }
  if (decision.kind === 'preflight') return { verdict: 'allow', status: 204 }
  if (decision.kind === 'allow') return { verdict: decision.reported ? 'report' : 'allow', status: 200 }
  if (decision.kind === 'login') return { verdict: 'login', status: 302 }
  const { kind, status } = reasons[decision.reason]
  return { verdict: kind === 'challenge' ? 'challenge' : 'deny', status }
}

interface Telling extends ExplainContext {
  readonly question: Question
  readonly facts: TokenFacts | undefined
  readonly reason: Reason | undefined
  readonly route: Route | undefined
  readonly decision: Decision
}

type Told = Pick<Explanation, 'finding' | 'what' | 'fix' | 'see'>

async function tell({ config, runtime, question, facts, reason, route, decision }: Telling): Promise<Told> {
  const { lang, now, path } = question
  if (reason === undefined) return tellAllowed(decision, lang)
  const pools = config.userPools
  const finding = diagnose(reason, {
    token: facts,
    target: path,
    pools,
    now,
    isKeyOfOtherPool: keysOf(runtime, config, now),
  })
  if (finding === undefined) {
    const see = 'docs/operations.md#troubleshooting-by-reason'
    return { ...(await adviceOn(reason, lang)), ...resolving(decision), see }
  }
  const see = `docs/troubleshooting${lang === 'ja' ? '.ja' : ''}.md#${finding}`
  const texts = lang === 'ja' ? (await import('./texts-ja.ts')).japanese : english
  const words = wordsFor({ config, token: facts, route, now })
  return { finding, what: texts[finding].what(words), fix: texts[finding].fix(words), see }
}

function tellAllowed(decision: Decision, lang: Question['lang']): Told {
  const see = 'docs/how-it-works.md#the-walk'
  const isOwn = decision.kind === 'endpoint'
  if (lang === 'ja') {
    const what = isOwn
      ? 'cogate 自身のパスです。サービスには届きません。'
      : 'このリクエストは通り、サービスが応答します。'
    return { what, fix: isOwn ? ownJa : '必要な対応はありません。', see }
  }
  const what = isOwn
    ? "The path is one of cogate's own; the service never sees it."
    : 'The request passes, and the service answers it.'
  return { what, fix: isOwn ? ownEn : 'Nothing to do.', see }
}

const ownEn =
  'An endpoint that is not configured is 404 endpoint_not_found. If the service uses this prefix, choose another endpoints.prefix.'
const ownJa =
  '設定していないエンドポイントは 404 endpoint_not_found です。サービスがこのプレフィックスを使うなら、endpoints.prefix を別の値にしてください。'

/** Two rules that one path meets are named, in English. */
function resolving(decision: Decision): Partial<Pick<Told, 'fix'>> {
  const ambiguity = decision.kind === 'refuse' ? decision.ambiguity : undefined
  return ambiguity === undefined || typeof ambiguity === 'string' ? {} : { fix: adviseOn(ambiguity) }
}

function keysOf({ jwks }: Runtime, { userPools }: Config, now: number): (kid: string) => boolean {
  return (kid) => userPools.some(({ id }) => jwks.pool(id).find(kid, now).kind === 'found')
}

/** Every step of the walk, those that were not reached included. */
function explainSteps(taken: readonly WalkStep[]): readonly ExplainedStep[] {
  const told = taken.map(explainStep)
  const missing = order.filter((name) => !told.some(({ step }) => step === name) && name !== 'session')
  return [...told, ...missing.map((step) => ({ step, outcome: 'skipped', detail: 'not reached' }) as const)]
}

const order = ['head', 'path', 'rule', 'credential', 'session', 'token', 'policy'] as const

function explainStep(step: WalkStep): ExplainedStep {
  switch (step.step) {
    case 'head':
      return typeof step.facts === 'string'
        ? { step: 'head', outcome: 'refused', detail: step.facts }
        : { step: 'head', outcome: 'ok', detail: `host ${show(step.facts.host)}` }
    case 'path':
      return typeof step.path === 'string'
        ? { step: 'path', outcome: 'refused', detail: nameForm(step.path) }
        : {
            step: 'path',
            outcome: 'ok',
            detail: `${show(step.path.path)}${step.path.isPlain ? '' : `, matched as ${show(step.path.folded)}`}`,
          }
    case 'route':
      return explainRoute(step.route, step.candidates)
    case 'credential':
      return explainCredential(step.credential)
    case 'session':
      return { step: 'session', outcome: step.verdict.kind === 'refused' ? 'refused' : 'ok', detail: step.verdict.kind }
    case 'token':
      return step.verification.kind === 'verified'
        ? { step: 'token', outcome: 'ok', detail: `signed by the key ${show(step.verification.key.kid)}` }
        : { step: 'token', outcome: 'refused', detail: step.verification.reason }
    default:
      return { step: 'policy', outcome: step.reason ? 'refused' : 'ok', detail: step.reason ?? 'the rule is satisfied' }
  }
}

function explainRoute(route: Route | undefined, candidates: readonly RouteCandidate[]): ExplainedStep {
  const others = candidates.filter(({ path }) => path !== route?.label).map(describeCandidate)
  const beside = others.length === 0 ? '' : `; also for this path: ${others.join(', ')}`
  if (route === undefined)
    return { step: 'rule', outcome: 'refused', detail: `no rule for this method and host${beside}` }
  return {
    step: 'rule',
    outcome: 'ok',
    detail: `${show(route.label)} (auth: ${route.auth}${demandsOf(route)})${beside}`,
  }
}

function describeCandidate({ path, isForMethod, isForHost }: RouteCandidate): string {
  const why = !isForMethod ? 'for other methods' : isForHost ? 'less specific' : 'for another host'
  return `${show(path)} (${why})`
}

function demandsOf({ policy, mode }: Route): string {
  const demands = [
    policy.groups && `one of the groups ${[...policy.groups].map(show).join(', ')}`,
    policy.scopes.length > 0 && `all of the scopes ${policy.scopes.map(show).join(', ')}`,
    policy.anyScope.length > 0 && `one of the scopes ${policy.anyScope.map(show).join(', ')}`,
    policy.clientIds && `one of the app clients ${[...policy.clientIds].map(show).join(', ')}`,
    policy.userPools && `one of the user pools ${[...policy.userPools].map(show).join(', ')}`,
    policy.acr && `one of the levels ${[...policy.acr].map(show).join(', ')}`,
    policy.maxAuthAgeMs !== undefined && `a sign-in within ${policy.maxAuthAgeMs / 1000} s`,
    ...furtherDemandsOf(policy.further),
    mode === 'report' && 'mode: report',
  ]
  const given = demands.filter((demand): demand is string => typeof demand === 'string')
  return given.length === 0 ? '' : `; ${given.join('; ')}`
}

function furtherDemandsOf(further: Route['policy']['further']): readonly (string | undefined)[] {
  if (further === undefined) return []
  const { tokenUse, subject, claims } = further
  return [
    tokenUse && `token use ${[...tokenUse].join(' or ')}`,
    subject && `a ${subject}`,
    ...claims.map(({ name, values, segments }) => {
      const places = segments.map((segment) => `part ${segment} of the path`)
      return `claim ${show(name)}: ${[...[...values].map(show), ...places].join(' or ')}`
    }),
  ]
}

function explainCredential(credential: Found): ExplainedStep {
  if (credential.kind === 'bearer')
    return { step: 'credential', outcome: 'ok', detail: `a token of ${credential.token.length} characters` }
  if (credential.kind === 'none') return { step: 'credential', outcome: 'ok', detail: 'no token' }
  return { step: 'credential', outcome: 'refused', detail: unusable[credential.kind] }
}

const unusable = {
  malformed: 'nothing where the token belongs',
  too_large: 'more characters than limits.token',
  conflict: 'more than one credential',
  cross_site: 'a page of another site has sent it',
} as const

function describeToken({ tokenUse, issuer, clientId, kid, issuedAtMs, expiresAtMs }: TokenFacts): ExplainedToken {
  const time = (ms: number | undefined) => (ms === undefined ? undefined : new Date(ms).toISOString())
  const text = (value: string | undefined) => (value === undefined ? undefined : show(value))
  return {
    tokenUse: text(tokenUse),
    issuer: text(issuer),
    clientId: text(clientId),
    kid: text(kid),
    issuedAt: time(issuedAtMs),
    expiresAt: time(expiresAtMs),
  }
}
