import t from 'tap'
import { headerFamilies, identityFamilies, isOfFamily } from '../../src/headers/families.ts'
import { canonicalName } from '../../src/headers/names.ts'

t.test('families are written in canonical form, each once and in order', async (t) => {
  for (const family of identityFamilies) t.match(family, /^[a-z0-9-]+$/)
  t.equal(new Set(identityFamilies).size, identityFamilies.length)
  for (const { product, prefixes } of headerFamilies) t.same(prefixes, prefixes.toSorted(), product)
})

/** As products write them. */
const trusted = [
  'SM_USER',
  'SM_UNIVERSALID',
  'iv-user',
  '$WSRU',
  'OAM_REMOTE_USER',
  'OIDC_CLAIM_email',
  'MELLON_NAME_ID',
  'Shib-Session-ID',
  'SSL_CLIENT_S_DN',
  'SSL-Client-Verify',
  'X-SSL-Client-CN',
  'X-Client-Cert',
  'X-Client-Cert-Subject',
  'X-Client-Verify',
  'X-Client-DN',
  'Client-Cert',
  'Client-Cert-Chain',
  'X-Amzn-Mtls-Clientcert-Leaf',
  'X-ARR-ClientCert',
  'X-Authenticated-Userid',
  'X-Authenticated-Groups',
  'X-Consumer-Username',
  'X-Remote-User',
  'X-Remote-Extra-Scopes',
  'Remote_User',
  'Remote-Role',
  'Impersonate-User',
  'Impersonate-Extra-scopes',
  'X-User',
  'X-UserInfo',
  'X-Username',
  'X-User-Id',
  'X-User-Email',
  'X-Auth-User',
  'X-Auth-CouchDB-Roles',
  'X-Auth-Roles',
  'X-Forwarded-Login',
  'X-Forwarded-Roles',
  'X-MS-TOKEN-AAD-ID-TOKEN',
  'Cf-Access-Authenticated-User-Email',
  'X-Vouch-User',
  'X-Pomerium-Claim-Email',
  'kubeflow-userid',
  'kubeflow-groups',
  'X-ProxiedEntitiesChain',
  'X-ProxiedEntityGroups',
  'X-Trino-User',
  'X-Presto-User',
  'X-AKHQ-User',
  'WL-Proxy-Client-Cert',
  'Cf-Cert-Subject-Dn',
  'Cf-Client-Cert-Der-Base64',
]

t.test('headers that products take for identity are of a family, in every spelling (FLD-22)', async (t) => {
  for (const name of trusted) {
    for (const spelling of [name, name.toUpperCase(), name.replaceAll('-', '_'), name.replaceAll(/[-_]/g, '.')]) {
      t.equal(isOfFamily(canonicalName(spelling)), true, spelling)
    }
  }
})

t.test('headers that say nothing about the caller are of no family', async (t) => {
  const others = [
    'accept',
    'user-agent',
    'x-user-agent',
    'x-auth-token',
    'x-access-token',
    'x-api-key',
    'x-client-version',
  ]
  for (const name of [
    ...others,
    'x-forwarded-for',
    'x-forwarded-ssl',
    'x-requested-with',
    'sec-websocket-key',
    'origin',
  ]) {
    t.equal(isOfFamily(name), false, name)
  }
})
