import { join } from 'node:path'
import t from 'tap'
import { faultText, fileSource, isLoopbackUri, uriSource } from '../../../src/tokens/keys/source.ts'

const loopback = [
  'http://127.0.0.1/jwks.json',
  'http://127.255.0.9:9229/p',
  'http://127.1:9229/',
  'http://localhost:9229/p/.well-known/jwks.json',
  'http://LOCALHOST/',
  'http://[::1]:9229/',
]

const elsewhere = [
  'http://127.0.0.1.example.com/',
  'http://localhost.example.com/',
  'http://10.0.0.1/',
  'http://0.0.0.0/',
  'http://[::2]/',
  'http://example.com/?127.0.0.1',
  'http://localhost@example.com/',
  'not a URI',
]

for (const uri of loopback) t.test(`counts ${uri} as loopback`, async (t) => t.equal(isLoopbackUri(uri), true))
for (const uri of elsewhere)
  t.test(`does not count ${uri} as loopback`, async (t) => t.equal(isLoopbackUri(uri), false))

t.test('names a URI without its credentials and query', async (t) => {
  const source = uriSource('https://user:secret@keys.example:8443/jwks.json?token=secret', async () => Buffer.from('x'))
  t.equal(source.name, 'keys.example:8443/jwks.json')
  t.equal(source.isEmulator, false)
  t.equal(Buffer.from(await source.read()).toString(), 'x')
})

t.test('takes a host for an emulator where the pool allows plain http from it (FLD-05)', async (t) => {
  const read = async () => Buffer.from('x')
  t.equal(uriSource('http://cognito:9229/p', read, true).isEmulator, true)
  t.equal(uriSource('http://cognito:9229/p', read, false).isEmulator, false)
  t.equal(uriSource('https://keys.example/p', read, true).isEmulator, false)
})

t.test('names what is not a URI without quoting it', async (t) => {
  t.match(
    uriSource('secret', async () => Buffer.from('')),
    { name: 'not a URI', isEmulator: false },
  )
})

t.test('reads a file as it is now', async (t) => {
  const path = join(t.testdir({ 'jwks.json': 'keys' }), 'jwks.json')
  const source = fileSource(path)
  t.match(source, { kind: 'file', name: path, isEmulator: true })
  t.equal(Buffer.from(source.read()).toString(), 'keys')
})

t.test('throws for a file that is not there', async (t) => {
  t.throws(() => fileSource(join(t.testdir({}), 'none')).read(), { code: 'ENOENT' })
})

t.test('tells of a fault in at most 200 characters', async (t) => {
  t.equal(faultText(new Error('x'.repeat(300))), 'x'.repeat(200))
  t.equal(faultText('thrown text'), 'thrown text')
})
