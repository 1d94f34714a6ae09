import { STATUS_CODES } from 'node:http'
import t from 'tap'
import { type ReasonFacts, reasons } from '../src/reasons.ts'

const table: [string, ReasonFacts][] = Object.entries(reasons)

t.test('every reason is one word in snake case with a status HTTP knows and a sentence', async (t) => {
  for (const [reason, { status, detail }] of table) {
    t.match(reason, /^[a-z]+(?:_[a-z]+)*$/)
    t.ok(STATUS_CODES[status], reason)
    t.match(
      detail,
      /^[A-Z][\x20\x21\x23-\x5b\x5d-\x7e]*\.$/,
      `${reason}: ASCII, fit for a quoted string (RFC 9110 section 5.6.4)`,
    )
  }
})

t.test('the kind of a reason says its status', async (t) => {
  for (const [reason, { kind, status }] of table) {
    t.equal(kind === 'challenge', status === 401, reason)
    t.equal(kind === 'upstream', [502, 504].includes(status), reason)
  }
})

/** The caller has sent no token, or one that is good. */
const otherChallenges: Readonly<Record<string, string | undefined>> = {
  token_missing: undefined,
  login_required: undefined,
  session_invalid: undefined,
  session_expired: undefined,
  invalid_credentials: undefined,
  challenge_expired: undefined,
  reauthentication_required: 'insufficient_user_authentication',
}

t.test('every verdict on a token is an invalid_token challenge, a missing one names no error', async (t) => {
  for (const [reason, { kind, error }] of table) {
    if (kind === 'challenge')
      t.equal(error, reason in otherChallenges ? otherChallenges[reason] : 'invalid_token', reason)
  }
  t.equal(reasons.credential_conflict.error, 'invalid_request')
  t.equal(reasons.insufficient_scope.error, 'insufficient_scope')
})
