/**
 * The pages of findings: what `cogate explain` finds, in words, in both languages. Written from the same table as the
 * command. Not part of it.
 */
import type { Finding } from '../src/explain/findings.ts'
import { FINDINGS } from '../src/explain/findings.ts'
import type { FindingTexts } from '../src/explain/texts-en.ts'
import { english } from '../src/explain/texts-en.ts'
import { japanese } from '../src/explain/texts-ja.ts'
import type { Words } from '../src/explain/words.ts'

const sample: Words = {
  issuer: 'https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_Staging01',
  pools: 'eu-west-1_Example01',
  clientId: '1otherclient',
  clients: '7h57kf5cf8b6sl9rexample',
  audience: 'https://other.example.com',
  audiences: 'https://api.example.com',
  kid: 'GoxV…',
  alg: 'HS256',
  length: '9000',
  limit: '8192',
  agoSeconds: 720,
  lifeSeconds: 3600,
  aheadSeconds: 360,
  issuedAt: '2026-11-29T12:00:00.000Z',
  held: 'staff',
  demanded: 'admin',
  nearGroups: [],
  places: undefined,
}

const cognito = 'https://cognito-idp.eu-west-1.amazonaws.com'

/** Where the sample would not show what the finding is about. */
const samples: Partial<Record<Finding, Partial<Words>>> = {
  token_use_missing: { issuer: 'https://login.example.com' },
  issuer_form: { issuer: `${cognito}/eu-west-1_Example01/` },
  issuer_region: { issuer: 'https://cognito-idp.us-east-1.amazonaws.com/us-east-1_Example01' },
  issuer_is_domain: { issuer: 'https://example.auth.eu-west-1.amazoncognito.com' },
  kid_unknown: { issuer: `${cognito}/eu-west-1_Example01` },
  scope_missing: { demanded: 'orders/write', held: 'orders/read' },
  scope_never: { demanded: 'orders/write' },
}

const english1 = `# Why is the request refused?

<!-- Written by npm run docs from src/explain. Do not edit. -->

Ask the gate itself. It walks the same way as a request does, and prints no token:

\`\`\`
cogate explain --config cogate.yaml --method GET --path /admin/7 --token-file token.txt
\`\`\`

\`--token-file -\` reads standard input. \`--json\` is for programs, \`--lang ja\` is Japanese, \`--at 2026-11-29T12:00:00Z\` asks about another
time, and \`--show-claims\` prints the claims too. The exit code is 0 if the request would pass. Without a token it says how the path is
treated and which rules were candidates. The words of answers and logs (the *reasons*) are in
[operations.md](operations.md#troubleshooting-by-reason); a *finding* says more than a reason, from what the token says of itself.
Is it no token, but a loop of redirects, a slow service, or all requests? [Start from what you see](operations.md#start-from-what-you-see).
`

const japanese1 = `# リクエストが拒否される理由

<!-- Written by npm run docs from src/explain. Do not edit. -->

ゲート自身に尋ねます。リクエストと同じ手順をたどり、トークンは表示しません。

\`\`\`
cogate explain --config cogate.yaml --method GET --path /admin/7 --token-file token.txt --lang ja
\`\`\`

\`--token-file -\` は標準入力から読みます。\`--json\` はプログラム向け、\`--at 2026-11-29T12:00:00Z\` は別の時刻での判定、\`--show-claims\` は
クレームも表示します。通る場合の終了コードは 0 です。トークンなしでは、パスがどう扱われ、どのルールが候補だったかを示します。
応答とログの語 (*reason*) は[運用](operations.md#troubleshooting-by-reason)にあります。下の見出し (*finding*) は、トークン自身の内容から分かる、もっと
詳しい原因です。
トークンの問題ではなく、リダイレクトの繰り返し、遅いサービス、すべてのリクエストの失敗などであれば、
[見えている症状から](operations.md#start-from-what-you-see)調べてください。
`

export function renderFindings(lang: 'en' | 'ja'): string {
  const texts: FindingTexts = lang === 'en' ? english : japanese
  const [found, todo] = lang === 'en' ? ['Found', 'Do'] : ['内容', '対応']
  const parts = FINDINGS.map((finding) => {
    const { what, fix } = texts[finding]
    const words = { ...sample, ...samples[finding] }
    return `## ${finding}\n\n**${found}:** ${what(words)}\n\n**${todo}:** ${fix(words)}\n`
  })
  return [lang === 'en' ? english1 : japanese1, ...parts].join('\n')
}
