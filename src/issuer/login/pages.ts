/** The two pages of the look-alike, without any script: the sign-in form, and what is shown where no redirect is safe. */
import type { Answer } from '../exchange.ts'

interface SignInPage {
  readonly action: string
  readonly csrf: string
  readonly username: string
  /** The identity provider that the application asked for. */
  readonly provider: string
  readonly lang: string
  readonly mistake: string | undefined
}

export function signInPage({ action, csrf, username, provider, lang, mistake }: SignInPage): Answer {
  const title = provider === 'COGNITO' ? 'Sign in' : `Sign in with ${provider}`
  const alert = mistake === undefined ? '' : `<p role="alert">${escapeHtml(mistake)}</p>`
  const main = `<h1>${escapeHtml(title)}</h1>${alert}
<form method="post" action="${escapeHtml(action)}">
<input type="hidden" name="_csrf" value="${escapeHtml(csrf)}">
<p><label>Username <input name="username" value="${escapeHtml(username)}" autocomplete="username" autofocus required></label></p>
<p><label>Password <input name="password" type="password" autocomplete="current-password" required></label></p>
<p><button>Sign in</button></p>
</form>
<p>This page stands in for Cognito. It is for development only.</p>`
  return toPage({ status: 200, title, lang, main })
}

export function errorPage(status: number, message: string): Answer {
  const main = `<h1>An error was encountered with the requested page.</h1><p role="alert">${escapeHtml(message)}</p>`
  return toPage({ status, title: 'Error', lang: 'en', main })
}

interface Page {
  readonly status: number
  readonly title: string
  readonly lang: string
  /** HTML; the rest is text. */
  readonly main: string
}

/** No `form-action` in the policy: Chromium applies it to the redirect to the application as well. */
function toPage({ status, title, lang, main }: Page): Answer {
  const body = `<!doctype html>
<html lang="${escapeHtml(lang)}">
<meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${escapeHtml(title)}</title>
<style>:root{color-scheme:light dark}body{font:1rem system-ui;max-width:24rem;margin:3rem auto;padding:0 1rem}</style>
<main>${main}</main>
</html>
`
  const headers = {
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'no-store',
    'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'",
    'x-frame-options': 'DENY',
  }
  return { status, body, headers }
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? '')
}
