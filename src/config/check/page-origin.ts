/**
 * The origin of a page, as browsers write it in `Origin`: that text is compared, and nothing of it is guessed. `null` is none: it is the
 * origin of every page that has no other, whoever made it.
 */
import { closedOrigin, parseHttpUrl } from '../table/addresses.ts'
import type { KeyPath } from '../table/key.ts'
import type { RuleContext } from './rule.ts'

export const expectedOrigin = 'an origin as browsers send it: scheme, host and port, without a path; each one by itself'
export const exampleOrigin = 'https://app.example.com'

/**
 * Scheme and host are in small letters, and a default port is left out (RFC 6454 section 6). Other schemes than http are those of
 * applications: `capacitor://localhost`.
 */
export function isOrigin(text: string): boolean {
  if (/^https?:/i.test(text)) return !text.includes('*') && URL.canParse(text) && new URL(text).origin === text
  return /^[a-z][a-z0-9+.-]*:\/\/[a-z0-9.-]+$/.test(text)
}

/** `*` and `null` have no near origin. */
export function guessOrigin(text: string): string {
  const url = /^https?:\/\//i.test(text) ? text : `https://${text}`
  const origin = URL.canParse(url) ? new URL(url).origin : exampleOrigin
  return isOrigin(origin) && text !== 'null' && !origin.includes('*') ? origin : exampleOrigin
}

/** Of pages that may use what a browser is signed in with: whoever can change them on their way could too. */
export function checkSafeOrigins(path: KeyPath, origins: readonly string[], { report }: RuleContext): void {
  for (const [index, origin] of origins.entries()) {
    const guess = guessOrigin(origin)
    const url = parseHttpUrl(guess)
    const write = url === undefined ? guess : closedOrigin(url)
    if (!isOrigin(origin)) report({ path: [...path, index], expected: expectedOrigin, write })
    else if (/^https?:/.test(origin) && write !== origin) {
      report({ path: [...path, index], expected: 'https; plain http is for loopback only', write })
    }
  }
}
