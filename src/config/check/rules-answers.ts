/**
 * Rules about what cogate itself answers and writes: the realm of its challenges, the origins whose pages may read its answers, the
 * audit log.
 */
import { exampleOrigin, expectedOrigin, guessOrigin, isOrigin } from './page-origin.ts'
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

function checkOrigins({ config, report }: RuleContext): void {
  const { allowOrigins, preflight } = config.cors
  for (const [index, origin] of allowOrigins.entries()) {
    if (isOrigin(origin)) continue
    report({ path: ['cors', 'allowOrigins', index], expected: expectedOrigin, write: guessOrigin(origin) })
  }
  if (preflight === 'answer' && allowOrigins.length === 0) {
    const expected = 'the origins whose preflights are answered'
    report({ path: ['cors', 'allowOrigins'], found: 'none', expected, write: [exampleOrigin] })
  }
}
