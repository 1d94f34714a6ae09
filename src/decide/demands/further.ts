/**
 * Demands of a rule beside scopes, groups and app clients: token use, kind of caller, claims. Looks at nothing but what the token
 * says and, for claims, at the path of the request.
 */
import type { RouteConfig } from '../../config/config.ts'
import type { Reason } from '../../reasons.ts'
import type { Asked, SubjectKind } from '../../tokens/asked/asked.ts'
import { segmentsOf, valueAt } from './path-values.ts'

export interface FurtherDemands {
  readonly tokenUse: ReadonlySet<string> | undefined
  readonly subject: Exclude<SubjectKind, 'unknown'> | undefined
  /** The caller must meet all of them. */
  readonly claims: readonly ClaimDemand[]
}

/** One text of the claim must be one of the values, or the value of one of the segments of the path. */
interface ClaimDemand {
  readonly name: string
  readonly values: ReadonlySet<string>
  readonly segments: readonly number[]
}

type Demands = Pick<RouteConfig, 'tokenUse' | 'subject' | 'claims'> & { readonly path?: string }

/** Undefined: none of them is demanded. */
export function compileFurther({ tokenUse, subject, claims, path = '' }: Demands): FurtherDemands | undefined {
  if (tokenUse === undefined && subject === undefined && claims === undefined) return undefined
  return {
    tokenUse: tokenUse && new Set(tokenUse),
    subject,
    claims: Object.entries(claims ?? {}).map(([name, values]) => ({
      name,
      values: new Set(values.filter((value) => !isParameter(value)).map(withoutEscape)),
      segments: values.filter(isParameter).flatMap((parameter) => segmentsOf(path, parameter)),
    })),
  }
}

/** `:name` stands for a part of the path, and `::name` for the text `:name`. */
function isParameter(value: string): boolean {
  return value.startsWith(':') && !value.startsWith('::')
}

function withoutEscape(value: string): string {
  return value.startsWith('::') ? value.slice(1) : value
}

/** The segments of the path that claims are compared with. Undefined: none. */
export function comparedSegments(further: FurtherDemands | undefined): readonly number[] | undefined {
  const compared = further?.claims.flatMap(({ segments }) => segments) ?? []
  return compared.length === 0 ? undefined : compared
}

/** A token of which nothing was kept meets no demand. */
const nothingKept: Asked = { tokenUse: '', isUsualUse: true, subject: 'unknown', claims: [] }

/**
 * The reason of a refusal; undefined when the caller is allowed. Where nothing is demanded, the user pool says which token use is
 * accepted. `path` is that of the request as it came.
 */
export function refuseFurther(
  asked: Asked = nothingKept,
  further: FurtherDemands | undefined,
  path: string,
): Reason | undefined {
  const isUse = further?.tokenUse ? further.tokenUse.has(asked.tokenUse) : asked.isUsualUse
  if (!isUse) return 'token_use_not_allowed'
  if (further === undefined) return undefined
  const refusal = further.subject && refuseSubject(asked.subject, further.subject)
  if (refusal) return refusal
  return further.claims.every((demand) => meetsClaim(asked, demand, path)) ? undefined : 'insufficient_claims'
}

function refuseSubject(subject: SubjectKind, demanded: FurtherDemands['subject']): Reason | undefined {
  if (subject === demanded) return undefined
  if (demanded === 'machine') return 'machine_required'
  return subject === 'machine' ? 'machine_not_allowed' : 'user_required'
}

function meetsClaim({ claims }: Asked, { name, values, segments }: ClaimDemand, path: string): boolean {
  const texts = claims.find((claim) => claim.name === name)?.texts ?? []
  if (texts.some((text) => values.has(text))) return true
  return segments.some((segment) => {
    const value = valueAt(path, segment)
    return value !== undefined && texts.includes(value)
  })
}
