import t from 'tap'
import type { Place } from '../../../src/config/issues/place.ts'
import { formatSource, shorten, showText, writeLine } from '../../../src/config/issues/place.ts'

const file: Place = { kind: 'file', name: 'cogate.yaml:1:2', text: 'x', yaml: true }
const variable: Place = { kind: 'environment', name: 'COGATE_X', text: 'x', yaml: false }
const flag: Place = { kind: 'flag', name: '--x', text: 'x', yaml: false }
const unset: Place = { kind: 'unset', name: 'COGATE_X', text: '', yaml: false }

t.test('a source is named as the user knows it', async (t) => {
  t.equal(formatSource(file), 'cogate.yaml:1:2')
  t.equal(formatSource(variable), 'environment COGATE_X')
  t.equal(formatSource(flag), 'flag --x')
  t.equal(formatSource(unset), 'not set')
})

t.test('a fix is a line of the place it is for', async (t) => {
  const path = ['upstream', 'url']
  t.equal(writeLine(file, path, 'http://a'), 'url: http://a')
  t.equal(writeLine(file, path, '[::]:80'), 'url: "[::]:80"')
  t.equal(writeLine(file, ['a', 0], 'x'), '- x')
  t.equal(writeLine(file, path, ['a', 'b']), 'url: [a, b]')
  t.equal(writeLine(variable, path, 'http://a'), 'COGATE_X=http://a')
  t.equal(writeLine(variable, path, ['a', 'b']), 'COGATE_X=a,b')
  t.equal(writeLine(variable, path, "it's"), "COGATE_X='it'\\''s'")
  t.equal(writeLine(variable, path, [{ path: '/a b' }]), "COGATE_X='[{path: /a b}]'")
  t.equal(writeLine(flag, path, true), '--x true')
  t.equal(writeLine(unset, path, 'a'), 'COGATE_X=a')
})

t.test('nothing that grants access is shown', async (t) => {
  const token = 'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJl'
  t.equal(showText(`Bearer ${token}`), 'Bearer (a token)')
  t.equal(showText('http://user:secret@host/'), 'http://***@host/')
  t.equal(showText('1a2b3c4d5e'.repeat(5)), '(50 characters, not shown)')
})

t.test('control, bidirectional and broken characters are escaped', async (t) => {
  t.equal(showText('a\u001b[31m\n\tb\u0000'), 'a\\u001b[31m\\n\\tb\\u0000')
  t.equal(showText('a\u202eb\u2028\u0085'), 'a\\u202eb\\u2028\\u0085')
  t.equal(showText('a\ud800b'), 'a\\ud800b')
  t.equal(showText('äöü 😀'), 'äöü 😀')
})

t.test('long text is cut at 80 characters, never inside one', async (t) => {
  t.equal(shorten('x'.repeat(80)), 'x'.repeat(80))
  t.equal(shorten('x'.repeat(81)), `${'x'.repeat(79)}…`)
  t.equal(shorten(`${'x'.repeat(78)}😀😀`), `${'x'.repeat(78)}…`)
})
