/** A diagnosis for a terminal, and for programs. */
import { printable, printableJson } from '../printable.ts'
import type { Diagnosis } from './doctor.ts'
import type { Finding, Verdict } from './findings.ts'
import { fill, fillCommand, kindOf } from './findings.ts'
import { english } from './texts-en.ts'
import { japanese } from './texts-ja.ts'

export type Language = 'en' | 'ja'

const texts = { en: english, ja: japanese } as const

const labels = {
  en: {
    pool: 'User pool',
    client: 'client',
    fix: 'do',
    commands:
      'The same as commands, to run in this order. An update resets what it is not given, so it holds the settings of today:',
    verdicts: { ok: 'good', warning: 'to look at', failed: 'to mend', note: 'notes' },
  },
  ja: {
    pool: 'ユーザープール',
    client: 'クライアント',
    fix: '対応',
    commands:
      'まとめたコマンド (この順に実行します)。更新は渡さなかった項目を既定値に戻すため、今の設定をすべて含みます:',
    verdicts: { ok: '良好', warning: '要確認', failed: '要修正', note: '参考' },
  },
} as const

const signs = { ok: ['✔', 32], warning: ['!', 33], failed: ['✘', 31], note: ['·', 2] } as const

export interface Look {
  readonly lang: Language
  readonly colours: boolean
}

export function renderDiagnosis({ pool, findings, commands }: Diagnosis, { lang, colours }: Look): string {
  const words = labels[lang]
  const body = findings.flatMap((finding) => renderFinding(finding, { lang, colours }))
  const counts = (Object.keys(signs) as Verdict[]).map((verdict) => {
    const count = findings.filter((finding) => kindOf(finding).verdict === verdict).length
    return `${words.verdicts[verdict]} ${count}`
  })
  const last = commands.length === 0 ? [] : [words.commands, '', ...commands.map(printable), '']
  return `${[`${words.pool} ${pool.id} (${printable(pool.name)})`, '', ...body, '', ...last, counts.join(', ')].join('\n')}\n`
}

function renderFinding(finding: Finding, { lang, colours }: Look): readonly string[] {
  const { check, client, what, fix, cdk, cli } = describeFinding(finding, lang)
  const [sign, colour] = signs[kindOf(finding).verdict]
  const about = client === undefined ? '' : `${labels[lang].client} ${client}: `
  return [
    `${colours ? `\u001b[${colour}m${sign}\u001b[0m` : sign} ${about}${what}  (${check})`,
    ...(fix === undefined ? [] : [`    ${labels[lang].fix}  ${fix}`]),
    ...(cdk === undefined ? [] : [`    CDK  ${cdk}`]),
    ...(cli === undefined ? [] : [`    CLI  ${cli}`]),
  ]
}

function describeFinding(finding: Finding, lang: Language) {
  const { check, client, words } = finding
  const { verdict, cdk, cli } = kindOf(finding)
  const { what, fix } = texts[lang][check]
  const write = (text: string | undefined) => (text === undefined ? undefined : printable(fill(text, words)))
  return {
    check,
    verdict,
    client,
    what: printable(fill(what, words)),
    fix: write(fix),
    cdk: write(cdk),
    cli: cli && printable(fillCommand(cli, words)),
  }
}

/** Keys without a value are left out. */
export function toJson({ pool, findings, commands }: Diagnosis, lang: Language): string {
  const described = findings.map((finding) => describeFinding(finding, lang))
  return `${printableJson({ ok: isGood(findings), pool, findings: described, commands }, 2)}\n`
}

export function isGood(findings: readonly Finding[]): boolean {
  return findings.every((finding) => kindOf(finding).verdict !== 'failed')
}
