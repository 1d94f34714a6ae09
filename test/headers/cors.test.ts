import t from 'tap'
import { allowsOrigin, compileCors, preflightLines, refusalLines } from '../../src/headers/cors.ts'
import { readFields } from '../../src/headers/head-fields.ts'

const origin = 'https://app.example'
const cors = compileCors({ preflight: 'answer', allowOrigins: [origin] })
if (cors === undefined) throw new TypeError('no CORS')

t.test('there is nothing to do without an origin', async (t) => {
  t.equal(compileCors({ preflight: 'pass', allowOrigins: [] }), undefined)
  t.equal(compileCors({ preflight: 'pass', allowOrigins: [origin] })?.answersPreflight, false)
  t.equal(cors.answersPreflight, true)
})

t.test('allows the origins that are listed, to the letter', async (t) => {
  t.equal(allowsOrigin(cors, origin), true)
  for (const other of [
    undefined,
    '',
    'null',
    'https://app.example.evil',
    'https://APP.example',
    `${origin}:443`,
    `${origin}/`,
  ]) {
    t.equal(allowsOrigin(cors, other), false, String(other))
  }
  t.equal(allowsOrigin(cors, readFields(['Origin', origin, 'Origin', origin]).origin), false, 'sent twice')
})

t.test('tells a cache that refusals differ, and an allowed page what it may read', async (t) => {
  t.same(refusalLines(cors, 'https://other.example'), ['Vary', 'Origin'])
  t.same(refusalLines(cors, undefined), ['Vary', 'Origin'])
  t.same(refusalLines(cors, origin), [
    ...['Vary', 'Origin'],
    ...['Access-Control-Allow-Origin', origin],
    ...['Access-Control-Allow-Credentials', 'true'],
    ...['Access-Control-Expose-Headers', 'WWW-Authenticate, Retry-After, X-Request-Id, RateLimit, RateLimit-Policy'],
  ])
})

function answerTo(...asked: readonly string[]): ReadonlyMap<string, string> {
  const lines = preflightLines(readFields(['Origin', origin, 'Access-Control-Request-Method', 'PUT', ...asked]))
  return new Map(lines.flatMap((name, at) => (at % 2 === 0 ? [[name, lines[at + 1] ?? ''] as const] : [])))
}

t.test('says yes to the method and the headers that a preflight asks for', async (t) => {
  const answer = answerTo('Access-Control-Request-Headers', 'authorization,content-type , x-a')
  t.equal(answer.get('Access-Control-Allow-Origin'), origin)
  t.equal(answer.get('Access-Control-Allow-Methods'), 'PUT')
  t.equal(answer.get('Access-Control-Allow-Headers'), 'authorization,content-type , x-a')
  t.equal(answer.get('Access-Control-Max-Age'), '600')
  t.equal(answer.get('Vary'), 'Origin, Access-Control-Request-Method, Access-Control-Request-Headers')
})

t.test('gives nothing back that is no method and no list of names', async (t) => {
  for (const headers of ['', 'a b', 'a,,b', ',', 'x: y', '"a"']) {
    t.notOk(answerTo('Access-Control-Request-Headers', headers).has('Access-Control-Allow-Headers'), headers)
  }
  t.notOk(answerTo('access-control-request-method', 'PUT').has('Access-Control-Allow-Methods'), 'sent twice')
  t.equal(preflightLines(readFields([])).includes('Access-Control-Allow-Methods'), false)
})
