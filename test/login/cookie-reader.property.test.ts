/** Our cookies in a Cookie header, found and taken out in one pass, against the plain way to write it. */
import { deepEqual, equal } from 'node:assert/strict'
import { array, assert, constantFrom, property } from 'fast-check'
import t from 'tap'
import { compileCookies, cookieValues, stripCookies } from '../../src/login/session/cookies.ts'

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
