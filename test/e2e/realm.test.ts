/** The realm of challenges, as clients such as Docker read it. */
import t from 'tap'
import { startStack } from '../helpers/stack.ts'

t.test('the challenge names the configured realm as a quoted string (RFC 9110 section 5.6.4)', async (t) => {
  for (const [realm, quoted] of [
    [undefined, '"cogate"'],
    ['https://auth.example.com/token', '"https://auth.example.com/token"'],
    [String.raw`say "hi" \o/`, String.raw`"say \"hi\" \\o/"`],
  ] as const) {
    const { gate } = await startStack(t, { env: { COGATE_AUTH_REALM: realm } })
    const missing = await fetch(gate.url)
    t.equal(missing.headers.get('www-authenticate'), `Bearer realm=${quoted}`)
    const bad = await fetch(gate.url, { headers: { authorization: 'Bearer x' } })
    t.match(bad.headers.get('www-authenticate'), `Bearer realm=${quoted}, error="invalid_token", error_description="`)
  }
})
