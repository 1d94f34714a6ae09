import t from 'tap'
import { readField, readFields } from '../../src/headers/head-fields.ts'

const names = {
  Host: 'host',
  Authorization: 'authorization',
  Cookie: 'cookie',
  'Content-Length': 'contentLength',
  'Transfer-Encoding': 'transferEncoding',
  Expect: 'expect',
  Connection: 'connection',
  Origin: 'origin',
  'Access-Control-Request-Method': 'requestedMethod',
  'X-Request-Id': 'requestId',
  'X-Forwarded-For': 'forwardedFor',
  Via: 'via',
} as const

t.test('every field is found under every spelling of its name', async (t) => {
  for (const [name, field] of Object.entries(names)) {
    const odd = [...name].map((letter, at) => (at % 2 === 0 ? letter.toLowerCase() : letter.toUpperCase())).join('')
    for (const spelling of [name, name.toLowerCase(), name.toUpperCase(), odd]) {
      for (const round of ['first', 'remembered']) {
        t.equal(readFields(['X-A', '1', spelling, 'value'])[field], 'value', `${spelling}, ${round}`)
      }
    }
  }
})

t.test('no other name counts, of the same length or with other separators', async (t) => {
  const fields = readFields([
    'Hosts',
    '1',
    'Hos',
    '2',
    'Content_Length',
    '3',
    'Cookie2',
    '4',
    'Viaa',
    '5',
    '',
    '6',
    ' Host',
    '7',
  ])
  for (const field of Object.values(names)) t.equal(fields[field], undefined, field)
  t.equal(fields.repeated, undefined)
})

t.test('a repeated field has its values joined, and is known as one', async (t) => {
  const fields = readFields([
    'Cookie',
    'a=1',
    'cookie',
    'b=2',
    'Via',
    '1.1 a',
    'VIA',
    '1.1 b',
    'Host',
    'a',
    'Host',
    'a',
  ])
  t.match(fields, { cookie: 'a=1; b=2', via: '1.1 a, 1.1 b', host: 'a, a' })
  t.strictSame([...(fields.repeated ?? [])].toSorted(), ['cookie', 'host', 'via'])
})

t.test('a name without a value has an empty one, and an empty value is not a missing one', async (t) => {
  t.equal(readFields(['Host']).host, '')
  t.equal(readFields(['Expect', '']).expect, '')
})

t.test('callers cannot make it remember more names than it bounds', async (t) => {
  for (let n = 0; n < 5000; n++) readFields([`X-Name-${n}`, '1', `HOST`, 'a'])
  t.equal(readFields(['hOSt', 'a']).host, 'a', 'a spelling that is not remembered is found all the same')
})

t.test('the lines are those received', async (t) => {
  const lines = ['A', '1', 'Host', 'a']
  t.equal(readFields(lines).lines, lines)
})

t.test('a name too long to be remembered is no field, however often it comes', async (t) => {
  const lines = ['X'.repeat(100), '1', 'Host', 'a']
  for (let n = 0; n < 2; n++) t.equal(readFields(lines).host, 'a')
})

t.test('a field that few are asked for is found in every spelling, and joined where it came twice', async (t) => {
  const fields = readFields(['Accept', 'a', 'ACCEPT', 'b', 'Accepted', 'c'])
  t.equal(readField(fields, 'accept'), 'a, b')
  t.equal(readField(fields, 'accepted'), 'c')
  t.equal(readField(fields, 'purpose'), undefined)
})
