/**
 * What a call of the soak does, how often, and which end it must come to. Data and pure functions only.
 */

/** What the caller saw. `cut`: the answer broke off; `aborted`: by the caller itself; `failed`: no answer at all. */
export interface Outcome {
  readonly end: 'complete' | 'cut' | 'aborted' | 'failed'
  /** Zero when no head arrived. */
  readonly status: number
  /** The reason in a problem answer, or the error code of a connection. */
  readonly code: string
  /** Whether a complete answer of the upstream was, byte for byte, the one for this call and its user. */
  readonly isOwn: boolean
}

interface KindFacts {
  /** Of all calls. */
  readonly share: number
  /** The end it must come to: status and reason, or `cut`. Aborted calls may come to any. */
  readonly expected: string
}

export const kinds = {
  get: { share: 0.765, expected: '200' },
  post: { share: 0.1, expected: '200' },
  'slow reader': { share: 0.005, expected: '200' },
  websocket: { share: 0.005, expected: '101' },
  'expired token': { share: 0.015, expected: '401 token_expired' },
  'tampered token': { share: 0.015, expected: '401 signature_invalid' },
  'token of a foreign key': { share: 0.015, expected: '401 key_unknown' },
  'token of a withdrawn key': { share: 0.01, expected: '401 key_unknown' },
  'reset before the head': { share: 0.01, expected: '502 upstream_reset' },
  'reset in the body': { share: 0.01, expected: '200 cut' },
  'abort before the answer': { share: 0.02, expected: 'any' },
  'abort in the body': { share: 0.015, expected: 'any' },
  'abort in the upload': { share: 0.015, expected: 'any' },
} as const satisfies Record<string, KindFacts>

export type Kind = keyof typeof kinds
export const kindNames = Object.keys(kinds) as readonly Kind[]

const refusedKinds: ReadonlySet<Kind> = new Set([
  'expired token',
  'tampered token',
  'token of a foreign key',
  'token of a withdrawn key',
])
const lookedUpKinds: ReadonlySet<Kind> = new Set(['token of a foreign key', 'token of a withdrawn key'])

/** Nothing of such a call may reach the upstream. */
export function isRefused(kind: Kind): boolean {
  return refusedKinds.has(kind)
}

/** `at` is 0 to 1, exclusive. */
export function pickKind(at: number): Kind {
  let left = at
  for (const kind of kindNames) {
    left -= kinds[kind].share
    if (left < 0) return kind
  }
  return 'get'
}

/** Status and reason as one word, the same for callers and metrics. */
export function endOf({ end, status, code }: Outcome): string {
  if (end === 'complete') return code === '' ? `${status}` : `${status} ${code}`
  return status === 0 ? `${end} ${code}`.trim() : `${status} ${end}`
}

/**
 * Undefined: as it must be. While keys cannot be fetched, the gate cannot know that nobody publishes a key: those calls
 * alone may be 503.
 */
export function judge(kind: Kind, outcome: Outcome, keysAreDown: boolean): string | undefined {
  if (outcome.end === 'aborted') return undefined
  const found = endOf(outcome)
  if (outcome.status === 200 && outcome.end === 'complete' && !outcome.isOwn) return `${kind}: a wrong body or user`
  const { expected } = kinds[kind]
  if (found === expected || (expected === 'any' && found === '200')) return undefined
  if (lookedUpKinds.has(kind) && keysAreDown && found === '503 keys_unavailable') return undefined
  return `${kind}: ${found} instead of ${expected}`
}
