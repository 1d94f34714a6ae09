/**
 * Rules about what cogate itself answers and writes: the realm of its challenges, the origins whose pages may read its answers, the
 * audit log.
 */
import type { RuleContext } from './rule.ts'

/** What a quoted string of a header may hold in every client (RFC 9110 section 5.6.4). */
const VISIBLE = /^[\x20-\x7e]{1,200}$/

export function checkAnswers(context: RuleContext): void {
  checkRealm(context)
  checkOrigins(context)
  checkAudit(context)
}

/** A file of that name would be a slip of the pen. */
const SLIP = /^(?:stdout|stderr|none|off|syslog)$/i

function checkAudit({ config, report }: RuleContext): void {
  const { audit } = config.log
  if (audit === 'none' || audit === 'stdout' || !SLIP.test(audit)) return
  report({ path: ['log', 'audit'], expected: 'none, stdout, or the path of a file', write: 'stdout' })
}

function checkRealm({ config, report }: RuleContext): void {
  if (VISIBLE.test(config.auth.realm)) return
  report({ path: ['auth', 'realm'], expected: 'a text of at most 200 visible ASCII characters', write: 'cogate' })
}

/** A browser writes scheme and host in small letters and leaves a default port out (RFC 6454 section 6). */
function checkOrigins({ config, report }: RuleContext): void {
  const { allowOrigins, preflight } = config.cors
  for (const [index, origin] of allowOrigins.entries()) {
    if (isOrigin(origin)) continue
    const expected = 'an origin as browsers send it: scheme, host and port, without a path; each one by itself'
    report({ path: ['cors', 'allowOrigins', index], expected, write: guessOrigin(origin) })
  }
  if (preflight === 'answer' && allowOrigins.length === 0) {
    const expected = 'the origins whose preflights are answered'
    report({ path: ['cors', 'allowOrigins'], found: 'none', expected, write: [EXAMPLE] })
  }
}

const EXAMPLE = 'https://app.example.com'

/** Other schemes than http are those of applications: `capacitor://localhost`. */
function isOrigin(text: string): boolean {
  if (/^https?:/i.test(text)) return !text.includes('*') && URL.canParse(text) && new URL(text).origin === text
  return /^[a-z][a-z0-9+.-]*:\/\/[a-z0-9.-]+$/.test(text)
}

/** `*` and `null` have no near origin. */
function guessOrigin(text: string): string {
  const url = /^https?:\/\//i.test(text) ? text : `https://${text}`
  const origin = URL.canParse(url) ? new URL(url).origin : EXAMPLE
  return isOrigin(origin) && text !== 'null' && !origin.includes('*') ? origin : EXAMPLE
}
