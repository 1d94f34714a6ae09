import { createPrivateKey } from 'node:crypto'
import t from 'tap'
import { createAuthority } from '../../helpers/certificates.ts'
import { issuesOf, yamlIssues } from '../loading.ts'

const authority = createAuthority()
const own = authority.issue('localhost')
const other = authority.issue('localhost')

function encrypt(key: string): string {
  const options = { type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'secret' } as const
  return createPrivateKey(key).export(options).toString()
}

const FILES = {
  '/own.pem': own.cert,
  '/own-key.pem': own.key,
  '/other-key.pem': other.key,
  '/encrypted.pem': encrypt(own.key),
  '/bundle.pem': `# two\n${own.cert}\n${other.cert}`,
  '/half.pem': `${own.cert}\n-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n`,
  '/text.txt': 'hunter2',
  '/empty': '',
  '/keys.json': '{"keys":[{"kty":"RSA"}]}',
  '/no-keys.json': '{"keys":[]}',
  '/array.json': '[]',
  '/null.json': 'null',
  '/other.json': '{"keys":5}',
} as const

const issues = (yaml: string) => yamlIssues(yaml, FILES)

t.test('a certificate with its key and a bundle of authorities load', async (t) => {
  t.same(issues('tls: { certFile: /own.pem, keyFile: /own-key.pem, clientCaFile: /bundle.pem }'), [])
  const tls = 'caFile: /bundle.pem, certFile: /own.pem, keyFile: /own-key.pem'
  t.same(issues(`upstream: { url: "https://app", tls: { ${tls} } }`), [])
})

t.test('files that are not there are named with the reason', async (t) => {
  const missing = issues('tls: { certFile: /no.pem, keyFile: /no-key.pem, clientCaFile: /no-ca.pem }')
  t.match(missing, [
    { key: 'tls.certFile', found: '/no.pem, which does not exist', expected: /exists and can be read/ },
    { key: 'tls.keyFile', found: '/no-key.pem, which does not exist' },
    { key: 'tls.clientCaFile', found: '/no-ca.pem, which does not exist' },
  ])
  t.match(issues('upstream: { url: "https://app", tls: { caFile: /no.pem } }'), [{ key: 'upstream.tls.caFile' }])
})

t.test('files of another content are refused, and no byte of them is shown', async (t) => {
  for (const file of ['/text.txt', '/empty', '/own-key.pem', '/half.pem']) {
    const found = issues(`tls: { certFile: ${file}, keyFile: /own-key.pem }`)
    t.match(found, [{ key: 'tls.certFile', found: `${file}, which holds something else`, expected: /certificates/ }])
    t.notMatch(JSON.stringify(found), /hunter2|BEGIN/, file)
  }
  for (const file of ['/text.txt', '/empty', '/own.pem', '/encrypted.pem']) {
    t.match(issues(`tls: { certFile: /own.pem, keyFile: ${file} }`), [{ key: 'tls.keyFile', expected: /private key/ }])
  }
})

t.test('a key of another certificate is refused', async (t) => {
  t.match(issues('tls: { certFile: /own.pem, keyFile: /other-key.pem }'), [
    { key: 'tls.keyFile', found: '/other-key.pem', expected: /another certificate/ },
  ])
})

t.test('a pinned key set is a JSON Web Key Set with keys', async (t) => {
  const pinned = (file: string) =>
    issuesOf({ yaml: `userPools: [{ id: us-east-1_b, clientIds: [a], jwksFile: ${file} }]`, files: FILES })
  t.same(pinned('/keys.json'), [])
  for (const file of ['/no-keys.json', '/array.json', '/null.json', '/other.json', '/text.txt', '/empty', '/no.json']) {
    t.match(pinned(file), [{ key: 'userPools[0].jwksFile', source: 'cogate.yaml:1:58' }], file)
  }
})

t.test('the key snapshot need not be there yet', async (t) => {
  t.same(issues('jwks: { snapshotFile: /var/lib/cogate/none.json }'), [])
})

t.test('a folder without a page of its own would change nothing', async (t) => {
  const yaml = 'login: { pages: { dir: /pages } }'
  const about = (files: Readonly<Record<string, string>>) =>
    yamlIssues(yaml, files).filter(({ key }) => key === 'login.pages.dir')
  t.match(about({}), [
    { found: '/pages, whose page.html does not exist', fix: '# name a folder that holds page.html or page.css' },
  ])
  for (const name of ['page.html', 'page.css']) t.same(about({ [`/pages/${name}`]: '' }), [], name)
})
