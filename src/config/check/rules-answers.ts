/**
 * Rules about what cogate itself answers: the realm of its challenges.
 */
import type { RuleContext } from './rule.ts'

/** What a quoted string of a header may hold in every client (RFC 9110 section 5.6.4). */
const VISIBLE = /^[\x20-\x7e]{1,200}$/

export function checkAnswers({ config, report }: RuleContext): void {
  if (VISIBLE.test(config.auth.realm)) return
  report({ path: ['auth', 'realm'], expected: 'a text of at most 200 visible ASCII characters', write: 'cogate' })
}
