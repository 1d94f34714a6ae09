/**
 * One address that tries token after token, and one that hides behind made-up addresses. A green run proves that with
 * `rateLimit.perAddress` guesses cost the gate no signature check once the limit is met, whatever the guess or the
 * X-Forwarded-For says, that a guess never uses up the share of the caller it names, and that others are served.
 */
import t from 'tap'
import { tamper } from '../../src/issuer/tokens.ts'
import { createClock } from '../helpers/clock.ts'
import { startStack } from '../helpers/stack.ts'

const allowed = 5

t.test('tokens that are guessed are not looked at beyond the limit', async (t) => {
  const env = {
    COGATE_RATE_LIMIT_PER_ADDRESS: `${allowed}/m`,
    COGATE_RATE_LIMIT_PER_SUBJECT: '100/m',
    COGATE_FORWARDED_TRUST: '127.0.0.1/32',
  }
  const clock = createClock()
  const { issuer, send, upstream, gate } = await startStack(t, { env, now: clock.now })
  const genuine = issuer.mintAccessToken()
  const request = (token: string, forwardedFor: string) =>
    `GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: ${forwardedFor}\r\nAuthorization: Bearer ${token}\r\n\r\n`
  const codes: string[] = []
  for (let guess = 0; guess < allowed + 20; guess++) {
    const { responses } = await send(request(tamper(genuine), `10.0.0.${guess}, 203.0.113.7`))
    codes.push((JSON.parse(responses[0]?.body.toString() ?? '') as { code: string }).code)
  }
  t.same(codes.slice(0, allowed), new Array(allowed).fill('signature_invalid'))
  t.same(codes.slice(allowed), new Array(20).fill('rate_limited'))
  t.equal(upstream.requests.length, 0)
  const metrics = await (await fetch(`${gate.opsUrl}/metrics`)).text()
  t.match(metrics, `cogate_token_cache_misses_total ${allowed}`, 'the others were never looked at')
  const { responses } = await send(request(genuine, '198.51.100.9'))
  t.equal(responses[0]?.status, 200, 'the caller they name, from its own address')
})
