/** `cogate check`: certificates in files that have expired, or soon will. */
import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { inspectCertificates } from '../../src/cli/check/certificates.ts'
import { loadConfig } from '../../src/config/load.ts'
import { createAuthority, writeFiles } from '../helpers/certificates.ts'
import { runCogate } from '../helpers/cogate-process.ts'

const authority = createAuthority()
const good = authority.issue('localhost')
const old = authority.issueExpired('localhost')
const pool = { COGATE_USER_POOL_ID: 'eu-west-1_AbCdEfGhI', COGATE_CLIENT_ID: '7h57kf5cf8b6sl9rexample' }

function inspect(env: Readonly<Record<string, string>>, now: string) {
  const { config } = loadConfig({ argv: [], env: { ...pool, COGATE_UPSTREAM: 'https://app', ...env } })
  return inspectCertificates(config, Date.parse(now)).map(({ ok, warning, text }) => ({ ok, warning, text }))
}

t.test('a certificate of the listener that has expired is a fault of the check', async (t) => {
  const { cert, key } = writeFiles(t, { cert: old.cert, key: old.key })
  const env = { ...pool, COGATE_TLS_CERT_FILE: cert, COGATE_TLS_KEY_FILE: key }
  const { code, stdout } = await runCogate(t, ['check', '--offline'], { env })
  t.equal(code, 1)
  t.ok(stdout.includes(`FAILED  certificate ${cert} of tls.certFile: expired on 2021-01-01; renew it\n`), stdout)
})

t.test('one that expires within two weeks is worth a look, and a good one is not mentioned', async (t) => {
  const { cert, key } = writeFiles(t, { cert: good.cert, key: good.key })
  const env = { COGATE_TLS_CERT_FILE: cert, COGATE_TLS_KEY_FILE: key }
  t.same(inspect(env, '2030-01-01'), [])
  const text = `certificate ${cert} of tls.certFile: expires on 2049-12-31; renew it before`
  t.same(inspect(env, '2049-12-20'), [{ ok: true, warning: true, text }])
})

t.test('of a bundle one good certificate is enough, and of a chain the first one counts', async (t) => {
  const bundle = writeFiles(t, {
    mixed: old.cert + good.cert,
    stale: old.cert,
    chain: old.cert + authority.ca,
    key: old.key,
  })
  t.same(inspect({ COGATE_UPSTREAM_TLS_CA_FILE: bundle.mixed }, '2030-01-01'), [])
  t.match(inspect({ COGATE_UPSTREAM_TLS_CA_FILE: bundle.stale }, '2030-01-01'), [
    { ok: false, text: `certificate ${bundle.stale} of upstream.tls.caFile: expired on 2021-01-01; renew it` },
  ])
  const client = { COGATE_UPSTREAM_TLS_CERT_FILE: bundle.chain, COGATE_UPSTREAM_TLS_KEY_FILE: bundle.key }
  t.match(inspect(client, '2030-01-01'), [{ ok: false, text: /upstream\.tls\.certFile: expired/ }])
})

t.test('a file that has gone since, or holds no certificate any more, is told by others', async (t) => {
  const { ca } = writeFiles(t, { ca: good.cert })
  const { config } = loadConfig({
    argv: [],
    env: { ...pool, COGATE_UPSTREAM: 'https://app', COGATE_UPSTREAM_TLS_CA_FILE: ca },
  })
  for (const text of ['', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n']) {
    writeFileSync(ca, text)
    t.same(inspectCertificates(config, Date.parse('2030-01-01')), [])
  }
})

t.test('an address of Redis without a password is no secret of its file', async (t) => {
  const dir = t.testdir({ 'cogate.yaml': '' })
  const file = join(dir, 'cogate.yaml')
  const found = async (url: string) => {
    writeFileSync(file, `redis: { url: ${JSON.stringify(url)} }\n`)
    chmodSync(file, 0o644)
    const { stdout } = await runCogate(t, ['check', '--offline', '--config', file], { env: pool })
    return /^warning {2}file .*redis\.url/m.test(stdout)
  }
  t.equal(await found('redis://127.0.0.1:6379'), false)
  t.equal(await found('redis://user:hunter2@127.0.0.1:6379'), true)
})
