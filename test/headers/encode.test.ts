import t from 'tap'
import type { HeaderEncoding, HeaderFormat } from '../../src/config/identity-headers.ts'
import { encodeClaim } from '../../src/headers/encode.ts'
import type { ClaimValue } from '../../src/tokens/claims.ts'

function encode(claim: ClaimValue | undefined, encoding: HeaderEncoding = 'percent', format: HeaderFormat = 'csv') {
  return encodeClaim(claim, { encoding, format })
}

t.test('sends nothing for a claim that is absent, null or empty', async (t) => {
  for (const claim of [undefined, null, '', []]) {
    for (const encoding of ['percent', 'utf8', 'base64', 'json', 'qp'] as const)
      t.equal(encode(claim, encoding), undefined)
  }
})

t.test('writes other values than text as JSON does', async (t) => {
  t.equal(encode(0), '0')
  t.equal(encode(false), 'false')
  t.equal(encode(1.5), '1.5')
  t.equal(encode({ a: ['b', 1] }), '{"a":["b",1]}')
})

t.test('leaves ASCII untouched', async (t) => {
  const ascii = ` !"#$%&'()*+,-./0:;<=>?@AZ[\\]^_\`az{|}~`.trim()
  t.equal(encode(ascii), ascii.replace('%', '%25'), 'but for the sign that begins an escape')
  t.equal(encode(ascii, 'utf8'), ascii)
})

t.test('percent-encodes the UTF-8 of everything else', async (t) => {
  t.equal(encode('Zoë'), 'Zo%C3%AB')
  t.equal(encode('名前'), '%E5%90%8D%E5%89%8D')
  t.equal(encode('a\r\nX-Admin: 1'), 'a%0D%0AX-Admin: 1')
  t.equal(encode('\0\t\x7f\x85'), '%00%09%7F%C2%85')
  t.equal(encode('😀'), '%F0%9F%98%80', 'a character outside the basic plane is one character')
  t.equal(encode('\ud800'), '%EF%BF%BD', 'half of one is none')
})

t.test('writes text that every strict decoder gives back (FLD-08)', async (t) => {
  t.equal(encode('Zoë 50%off'), 'Zo%C3%AB 50%25off')
  for (const text of ['Zoë 50%off', '100%', '%', '%%', '%2', '%zz', '%C3', '50%25', 'Zo%C3%AB', 'a%2Cb', '%E9', '% ']) {
    t.equal(decodeURIComponent(encode(text) ?? ''), text)
    for (const format of ['csv', 'pipe', 'space'] as const) {
      const items = [text.trim(), 'x,y|z'].map((item) => item.replaceAll(' ', '_'))
      const list = encode(items, 'percent', format) ?? ''
      t.same(list.split({ csv: ',', pipe: '|', space: ' ' }[format]).map(decodeURIComponent), items)
    }
    t.same(JSON.parse(decodeURIComponent(encode([text], 'percent', 'json') ?? '')), [text])
  }
})

t.test('keeps blanks at the ends, which HTTP would drop', async (t) => {
  for (const encoding of ['percent', 'utf8'] as const) {
    t.equal(encode('  a b ', encoding), '%20%20a b%20')
    t.equal(encode('   ', encoding), '%20%20%20')
  }
})

t.test('writes UTF-8 bytes as they go over the wire', async (t) => {
  t.equal(encode('Zoë', 'utf8'), 'Zo\xc3\xab')
  t.equal(encode('😀', 'utf8'), '\xf0\x9f\x98\x80')
  t.equal(encode('a\nb\x85c', 'utf8'), 'a%0Ab%C2%85c', 'controls stay encoded')
})

t.test('writes base64 of the UTF-8', async (t) => {
  t.equal(encode('Zoë\n', 'base64'), Buffer.from('Zoë\n').toString('base64'))
})

t.test('writes JSON text in ASCII', async (t) => {
  t.equal(encode('Zoë "x"\n\x7f', 'json'), String.raw`"Zo\u00eb \"x\"\n\u007f"`)
  t.equal(encode('😀', 'json'), String.raw`"\ud83d\ude00"`)
})

t.test('writes quoted-printable without line breaks', async (t) => {
  t.equal(encode('Zoë = 1', 'qp'), 'Zo=C3=AB=20=3D=201')
  t.equal(encode(`${'a'.repeat(200)}\n`, 'qp'), `${'a'.repeat(200)}=0A`)
})

t.test('joins a list so that no item becomes two', async (t) => {
  t.equal(encode(['a', 'b c', 'd'], 'percent', 'csv'), 'a,b c,d')
  t.equal(encode(['a,admins', 'b'], 'percent', 'csv'), 'a%2Cadmins,b')
  t.equal(encode(['a|admins', 'b'], 'percent', 'pipe'), 'a%7Cadmins|b')
  t.equal(encode(['a admins', 'b'], 'percent', 'space'), 'a%20admins b')
  t.equal(encode([' a', 'b '], 'percent', 'csv'), '%20a,b%20')
  t.equal(
    encode(['x', '  admin', 'b ', ' '], 'percent', 'csv'),
    'x,%20%20admin,b%20,%20',
    'readers drop blanks around an item',
  )
  t.equal(encode(['x', '\u3000admin\u00a0'], 'utf8', 'csv'), 'x,%E3%80%80admin%C2%A0')
  t.equal(encode(['x', ' a b'], 'base64', 'pipe'), Buffer.from('x|%20a b').toString('base64'))
})

t.test('writes members of a list that are not text as JSON', async (t) => {
  t.equal(encode([1, true, null, { a: 'b', c: 1 }, ['x', 'y']]), '1,true,null,{"a":"b"%2C"c":1},["x"%2C"y"]')
})

t.test('writes a list as JSON where that is the format', async (t) => {
  t.equal(encode(['a,b', 'ë'], 'percent', 'json'), '["a,b","%C3%AB"]')
  t.equal(encode('text', 'percent', 'json'), 'text')
})
