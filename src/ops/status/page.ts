/**
 * The status page: one file of HTML that loads nothing but its data. The policy knows its style and its script by their
 * hashes, so nothing that a caller has sent could run.
 */
import { createHash } from 'node:crypto'
import { script as scriptTemplate } from './script.ts'
import { style } from './style.ts'
import { texts } from './texts.ts'

export interface StatusPage {
  readonly body: string
  readonly headers: Readonly<Record<string, string>>
}

export function createStatusPage(): StatusPage {
  // A `<` would end the script where a text holds `</script`.
  const words = JSON.stringify(texts).replaceAll('<', '\\u003c')
  const script = scriptTemplate.replace('TEXTS', () => words)
  const policy = [
    "default-src 'none'",
    `style-src '${hashOf(style)}'`,
    `script-src '${hashOf(script)}'`,
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ]
  return {
    body: writeBody(script),
    headers: {
      ...safeHeaders,
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': policy.join('; '),
    },
  }
}

const safeHeaders = {
  'cache-control': 'no-store',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'cross-origin-resource-policy': 'same-origin',
} as const

function hashOf(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`
}

function writeBody(script: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<title>${texts.en.title}</title>
<style>${style}</style>
</head>
<body>
<header>
<h1>cogate</h1>
<span id="state" role="status"></span>
<p id="running"></p>
<p id="updated"></p>
<p id="lost" role="alert" class="bad"></p>
<div class="controls">
<label id="lang-label" for="lang">${texts.en.language}</label>
<select id="lang"><option value="en" lang="en">English</option><option value="ja" lang="ja">日本語</option></select>
<button id="pause" type="button">${texts.en.pause}</button>
</div>
</header>
<main id="content">
<noscript><p lang="en">${texts.en.noScript}</p><p lang="ja">${texts.ja.noScript}</p></noscript>
</main>
<script>${script}</script>
</body>
</html>
`
}
