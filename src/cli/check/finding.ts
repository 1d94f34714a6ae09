/**
 * What `cogate check` finds, and how it is written: lines with signs for a terminal, the lines that scripts know, or JSON.
 */

import type { ConfigIssue } from '../../errors.ts'

export interface Finding {
  /** What was looked at, in one word that stays the same. */
  readonly check:
    | 'routes'
    | 'openings'
    | 'workers'
    | 'identity'
    | 'identity_token'
    | 'resource'
    | 'keys'
    | 'snapshot'
    | 'key_endpoint'
    | 'clock'
    | 'sign_in'
    | 'credentials'
    | 'port'
    | 'file'
    | 'certificate'
    | 'forwarded'
    | 'limits'
    | 'upstream'
    | 'session_store'
    | 'revocation_store'
    | 'rate_store'
  readonly ok: boolean
  /** Worth a look, and no fault. */
  readonly warning?: true
  readonly text: string
  /** Figures for programs. */
  readonly data?: Readonly<Record<string, unknown>>
}

type Verdict = 'ok' | 'warning' | 'failed'

function verdictOf({ ok, warning }: Finding): Verdict {
  if (warning) return 'warning'
  return ok ? 'ok' : 'failed'
}

const words = { ok: 'ok', warning: 'warning', failed: 'FAILED' } as const satisfies Record<Verdict, string>

export function writeLine(finding: Finding): string {
  return `${words[verdictOf(finding)]}  ${finding.text}\n`
}

const signs = { ok: ['✔', 32], warning: ['!', 33], failed: ['✘', 31] } as const satisfies Record<Verdict, unknown>

/** For people: a sign, in colour where the terminal has it. */
export function writeSigned(finding: Finding, colours: boolean): string {
  const [sign, colour] = signs[verdictOf(finding)]
  return `${colours ? `\u001b[${colour}m${sign}\u001b[0m` : sign} ${finding.text}\n`
}

export function writeJson(findings: readonly Finding[], ok: boolean): string {
  const written = findings.map((finding) => {
    const { check, text, data } = finding
    return { check, verdict: verdictOf(finding), text, ...(data && { data }) }
  })
  return `${JSON.stringify({ ok, findings: written }, undefined, 2)}\n`
}

/** What could not be loaded has no findings. */
export function writeMistakes(issues: readonly ConfigIssue[]): string {
  return `${JSON.stringify({ ok: false, findings: [], issues }, undefined, 2)}\n`
}

export function good(check: Finding['check'], text: string, data?: Finding['data']): Finding {
  return { check, ok: true, text, ...(data && { data }) }
}

export function warn(check: Finding['check'], text: string, data?: Finding['data']): Finding {
  return { check, ok: true, warning: true, text, ...(data && { data }) }
}

export function bad(check: Finding['check'], text: string, data?: Finding['data']): Finding {
  return { check, ok: false, text, ...(data && { data }) }
}
