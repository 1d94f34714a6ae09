/** Our cookies in a Cookie header, found and taken out in one pass, against the plain way to write it. */
import { deepEqual, equal, ok } from 'node:assert/strict'
import { array, assert, constantFrom, property } from 'fast-check'
import t from 'tap'
import { compileCookies, cookieValues, setsOwnCookie, stripCookies } from '../../src/login/session/cookies.ts'

const { names } = compileCookies({ cookieName: 'cogate', sameSite: 'lax', secure: true })

function plainPairs(header: string): readonly string[] {
  return header.split(';').map((pair) => (pair.startsWith(' ') ? pair.slice(1) : pair))
}

function plainValues(header: string, name: string): readonly string[] {
  return plainPairs(header)
    .filter((pair) => pair.startsWith(`${name}=`))
    .map((pair) => pair.slice(name.length + 1))
    .slice(0, 3)
}

function plainStrip(header: string): string | undefined {
  if (!header.includes(names.session)) return header
  const others = plainPairs(header).filter((pair) => !names.own.has((pair.split('=')[0] ?? '').trim()))
  return others.length === 0 ? undefined : others.join('; ')
}

const piece = constantFrom(
  ...names.own,
  `; ${names.session}=1~x`,
  `;${names.session}=`,
  `; ${names.chunks[0]}=`,
  '__Host-cogat',
  '__Host-cogate2',
  '=',
  ';',
  '; ',
  ' ',
  '  ',
  '\t',
  'a',
  '1~x',
  '""',
)
const header = array(piece, { maxLength: 14 }).map((pieces) => pieces.join(''))

t.test('what is found, and what the service gets, is the same for every header', async (t) => {
  const [first = ''] = names.chunks
  const seen = { own: 0, other: 0, nothing: 0 }
  await assert(
    property(header, (text) => {
      for (const name of [names.session, first]) deepEqual(cookieValues(text, name), plainValues(text, name), text)
      const stripped = stripCookies(text, names)
      equal(stripped, plainStrip(text), text)
      seen.own += plainValues(text, names.session).length
      if (stripped === undefined) seen.nothing++
      else if (stripped !== text) seen.other++
    }),
    { numRuns: 3000 },
  )
  t.ok(seen.own > 50 && seen.other > 50 && seen.nothing > 20, JSON.stringify(seen))
})

/** RFC 6265bis sections 5.6 and 5.8.3, as far as name and value go: what a browser sends of a line of Set-Cookie. */
function sentByBrowser(line: string): string {
  const [pair = ''] = line.split(';', 1)
  const equals = pair.indexOf('=')
  const trim = (text: string) => text.replaceAll(/^[ \t]+|[ \t]+$/g, '')
  const [name, value] = equals === -1 ? ['', trim(pair)] : [trim(pair.slice(0, equals)), trim(pair.slice(equals + 1))]
  return name === '' ? value : `${name}=${value}`
}

t.test('no line of Set-Cookie that passes makes a browser send a cookie of ours', async (t) => {
  const lines = array(constantFrom(...names.own, '=', '==', ' ', '\t', ';', '; Path=/', 'a', '1~x', '""', '\u00a0'), {
    maxLength: 6,
  })
  const seen = { own: 0, other: 0 }
  await assert(
    property(lines, (pieces) => {
      const line = pieces.join('')
      const sent = sentByBrowser(line)
      const isOurs = [...names.own].some((name) => cookieValues(sent, name).length > 0)
      if (isOurs) ok(setsOwnCookie(line, names), line)
      if (isOurs) seen.own++
      else if (!setsOwnCookie(line, names)) seen.other++
    }),
    { numRuns: 5000 },
  )
  t.ok(seen.own > 100 && seen.other > 100, JSON.stringify(seen))
  for (const line of ['theme=dark; Path=/', 'a=__Host-cogate=x', '__Host-cogates=x', 'cogate=x'])
    t.notOk(setsOwnCookie(line, names), line)
})
