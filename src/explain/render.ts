/**
 * An explanation as text for a terminal: the verdict first, then what to do, then the steps.
 */
import type { Explanation, Question } from './explain.ts'

const labels = {
  en: { what: 'what', fix: 'do', see: 'see', token: 'token', verdicts: verdictsEn() },
  ja: { what: '内容', fix: '対応', see: '参照', token: 'トークン', verdicts: verdictsJa() },
} as const

type Verdicts = Readonly<Record<Explanation['verdict'], string>>

function verdictsEn(): Verdicts {
  return {
    allow: 'passes',
    report: 'passes, because the rule only reports',
    challenge: 'refused',
    deny: 'refused',
    login: 'sent to the sign-in',
  }
}

function verdictsJa(): Verdicts {
  return {
    allow: '通過',
    report: '通過 (記録のみのルール)',
    challenge: '拒否',
    deny: '拒否',
    login: 'サインインへ',
  }
}

export function renderExplanation(explanation: Explanation, lang: Question['lang']): string {
  const { verdict, status, reason, finding, steps, token, what, fix, see } = explanation
  const words = labels[lang]
  const title = [words.verdicts[verdict], verdict === 'allow' ? '' : status, reason === 'allowed' ? '' : reason]
  const lines = [
    `${title.filter((part) => part !== '').join('  ')}${finding === undefined ? '' : `  (${finding})`}`,
    '',
    `  ${pad(words.what)}${what}`,
    `  ${pad(words.fix)}${fix}`,
    `  ${pad(words.see)}${see}`,
    '',
    ...steps.map(({ step, outcome, detail }) => `  ${marks[outcome]} ${pad(step)}${detail}`),
  ]
  return `${[...lines, ...(token ? ['', `  ${pad(words.token)}${describe(token)}`] : [])].join('\n')}\n`
}

const marks = { ok: '✔', refused: '✘', skipped: '·' } as const

/** Japanese letters take two columns. */
function pad(label: string): string {
  const width = [...label].reduce((sum, letter) => sum + (letter.charCodeAt(0) > 0x2fff ? 2 : 1), 0)
  return label + ' '.repeat(Math.max(1, 12 - width))
}

function describe(token: NonNullable<Explanation['token']>): string {
  const { tokenUse, issuer, clientId, kid, issuedAt, expiresAt } = token
  const parts = [
    tokenUse && `token_use ${tokenUse}`,
    issuer && `iss ${issuer}`,
    clientId && `client ${clientId}`,
    kid && `kid ${kid}`,
    issuedAt && `issued ${issuedAt}`,
    expiresAt && `expires ${expiresAt}`,
  ]
  return parts.filter(Boolean).join(', ') || 'nothing readable'
}
