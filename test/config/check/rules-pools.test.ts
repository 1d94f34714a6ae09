import t from 'tap'
import { issuesOf, load } from '../loading.ts'

const CLIENT = 'clientIds: [client1]'

function poolIssues(pool: string) {
  return issuesOf({ yaml: `userPools: [{ ${pool} }]`, files: { '/keys.json': '{"keys":[{}]}' } })
}

t.test('at least one user pool is required', async (t) => {
  t.match(issuesOf({}), [
    {
      key: 'userPools',
      source: 'not set',
      found: 'none',
      fix: 'COGATE_USER_POOL_ID=ap-northeast-1_AbCdEfGhI COGATE_CLIENT_ID=7h57kf5cf8b6sl9rexample',
    },
  ])
  const fix = 'userPools: [{id: ap-northeast-1_AbCdEfGhI, clientIds: [7h57kf5cf8b6sl9rexample]}]'
  t.match(issuesOf({ yaml: '' }), [{ key: 'userPools', source: 'not set', fix }])
  t.match(issuesOf({ yaml: 'userPools: []' }), [{ key: 'userPools', source: 'cogate.yaml:1:12', fix }])
})

t.test('pool ids of every partition are accepted', async (t) => {
  const regions = ['ap-northeast-1', 'us-gov-west-1', 'us-isob-east-1', 'us-iso-east-1', 'eusc-de-east-1', 'cn-north-1']
  for (const region of regions) t.same(poolIssues(`id: ${region}_AbC123, ${CLIENT}`), [], region)
})

t.test('what is pasted for a pool id by mistake is named', async (t) => {
  const cases = [
    ['arn:aws:cognito-idp:eu-west-1:123456789012:userpool/eu-west-1_AbC', /not the ARN/, 'id: eu-west-1_AbC'],
    ['https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbC', /not the issuer URL/, 'id: eu-west-1_AbC'],
    [
      'https://cognito-idp.us-east-1.amazonaws.com/us-east-1_A/.well-known/jwks.json',
      /not the issuer URL/,
      'id: us-east-1_A',
    ],
    ['eu-west-1:12345678-1234-1234-1234-123456789012', /identity pool/, 'id: ap-northeast-1_AbCdEfGhI'],
    ['7h57kf5cf8b6sl9rexample', /app client id/, 'id: ap-northeast-1_AbCdEfGhI'],
    ['eu-west-1_', /a user pool id/, 'id: ap-northeast-1_AbCdEfGhI'],
    ['EU-WEST-1_AbC', /a user pool id/, 'id: ap-northeast-1_AbCdEfGhI'],
    ['local_abc', /needs an issuer/, 'id: ap-northeast-1_AbCdEfGhI'],
  ] as const
  for (const [id, expected, fix] of cases) {
    t.match(poolIssues(`id: "${id}", ${CLIENT}`), [{ key: 'userPools[0].id', found: `"${id}"`, expected, fix }], id)
  }
})

t.test('with an issuer any id will do, but no ARN', async (t) => {
  const issuer = 'issuer: http://localhost:9229/local_abc'
  t.same(poolIssues(`id: local_abc, ${CLIENT}, ${issuer}`), [])
  t.match(poolIssues(`id: "arn:aws:x", ${CLIENT}, ${issuer}`), [{ key: 'userPools[0].id' }])
})

t.test('a pool without id is refused', async (t) => {
  t.match(poolIssues(CLIENT), [{ key: 'userPools[0].id', found: 'nothing', fix: 'id: ap-northeast-1_AbCdEfGhI' }])
})

t.test('app clients are listed, or any client is allowed by name', async (t) => {
  t.match(poolIssues('id: eu-west-1_a'), [
    { key: 'userPools[0].clientIds', found: 'none', expected: /insecureAnyClient/ },
  ])
  t.match(poolIssues('id: eu-west-1_a, clientIds: []'), [{ key: 'userPools[0].clientIds' }])
  t.same(poolIssues('id: eu-west-1_a, insecureAnyClient: true'), [])
  t.match(poolIssues(`id: eu-west-1_a, ${CLIENT}, insecureAnyClient: true`), [
    { key: 'userPools[0].insecureAnyClient', fix: 'insecureAnyClient: false' },
  ])
})

t.test('what is pasted for a client id by mistake is named', async (t) => {
  const cases = [
    ['*', /one by one/],
    ['eu-west-1_AbC', /user pool id/],
    ['a b', /letters, digits/],
    ['ä', /letters, digits/],
    ['a,b', /letters, digits/],
    ['x-'.repeat(65), /at most 128/],
  ] as const
  for (const [id, expected] of cases) {
    const issues = poolIssues(`id: eu-west-1_a, clientIds: [ok, "${id}"]`)
    t.match(issues, [{ key: 'userPools[0].clientIds[1]', expected, fix: '- 7h57kf5cf8b6sl9rexample' }], id)
  }
})

t.test('a client id that AWS cannot have given is refused, with the id that was meant (FLD-09)', async (t) => {
  const id = '7h57kf5cf8b6sl9r0000000000'
  const cases = [
    [`"${id}"`, id],
    [`'${id}'`, id],
    [`arn:aws:cognito-idp:eu-west-1:123456789012:userpool/eu-west-1_A/client/${id}`, id],
    [`\${CLIENT_ID}`, '7h57kf5cf8b6sl9rexample'],
    ['$(CLIENT_ID)', '7h57kf5cf8b6sl9rexample'],
    ['{{ .Values.clientId }}', '7h57kf5cf8b6sl9rexample'],
    ['arn:aws:cognito-idp:eu-west-1:123456789012:userpool/eu-west-1_A', '7h57kf5cf8b6sl9rexample'],
  ] as const
  for (const [text, wanted] of cases) {
    const env = { COGATE_USER_POOL_ID: 'eu-west-1_a', COGATE_CLIENT_ID: text }
    t.match(issuesOf({ env }), [{ key: 'userPools[0].clientIds[0]', fix: `COGATE_CLIENT_ID=${wanted}` }], text)
  }
  for (const known of ['a', 'A_b+9', 'x'.repeat(39), '0'.repeat(20)]) {
    t.same(poolIssues(`id: eu-west-1_a, clientIds: ["${known}"]`), [], known)
  }
  const rule = `routes: [{ path: /a, clientIds: ['"client1"'] }]`
  t.match(issuesOf({ yaml: `userPools: [{ id: eu-west-1_a, insecureAnyClient: true }]\n${rule}` }), [
    { key: 'routes[0].clientIds[0]', fix: '- client1' },
  ])
})

t.test('a custom issuer does not hide a mistake in the pool id (FLD-19)', async (t) => {
  const issuer = 'http://localhost:9229/local_AbC'
  const refused = [
    ['"local_AbC"', issuer, 'id: local_AbC'],
    ['local_AbD', issuer, 'id: local_AbC'],
    ['local-AbC', issuer, 'id: local_AbC'],
    ['eu-west-1_AbC', 'https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbD', 'id: eu-west-1_AbD'],
    ['"mine"', 'http://localhost:9229', 'id: mine'],
    ['eu-west-1-AbC', 'http://localhost:9229/x', 'id: eu-west-1_AbC'],
  ] as const
  for (const [id, of, fix] of refused) {
    t.match(poolIssues(`id: '${id}', ${CLIENT}, issuer: ${of}`), [{ key: 'userPools[0].id', fix }], id)
  }
  t.same(poolIssues(`id: local_AbC, ${CLIENT}, issuer: ${issuer}`), [])
  t.same(poolIssues(`id: mine, ${CLIENT}, issuer: http://localhost:9229`), [])
})

t.test('an issuer that no token can name is refused (FLD-19)', async (t) => {
  const own = 'https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_a'
  const cases = [
    [`${own}/`, own],
    [`${own}//`, own],
    [`${own}/.well-known/jwks.json`, own],
    [`${own}/.well-known/openid-configuration`, own],
    ['http://localhost:9229/', 'http://localhost:9229'],
    [own.replace('.eu-west-1.', '.eu-west-2.'), own],
  ] as const
  for (const [issuer, fix] of cases) {
    t.match(poolIssues(`id: eu-west-1_a, ${CLIENT}, issuer: ${issuer}`), [
      { key: 'userPools[0].issuer', fix: `issuer: ${fix}` },
    ])
  }
  t.match(poolIssues(`id: eu-west-1_a, ${CLIENT}, issuer: '"${own}"'`), [{ fix: `issuer: ${own}` }])
})

t.test('where nobody is asked at the issuer, it is only a name and may be http (FLD-05)', async (t) => {
  const names = ['http://0.0.0.0:9229/local_x', 'http://cognito:9229/local_x', 'http://10.0.0.5/local_x']
  for (const issuer of names) {
    const pool = `id: local_x, ${CLIENT}, issuer: ${issuer}`
    t.same(poolIssues(`${pool}, jwksFile: /keys.json`), [], issuer)
    t.same(poolIssues(`${pool}, jwksUri: http://127.0.0.1:9229/local_x/.well-known/jwks.json`), [], issuer)
    t.same(poolIssues(`${pool}, jwksUri: https://keys.example/local_x`), [], issuer)
    t.same(poolIssues(`${pool}, insecureHttpKeys: true`), [], issuer)
    t.same(poolIssues(`${pool}, jwksUri: http://keys:1/, insecureHttpKeys: true`), [], issuer)
    t.match(poolIssues(pool), [{ key: 'userPools[0].issuer', fix: /^# keep it .*insecureHttpKeys/ }], issuer)
    t.match(poolIssues(`${pool}, jwksUri: http://keys:1/`), [{ key: 'userPools[0].jwksUri' }], issuer)
  }
})

t.test('a client secret is recognised and never printed', async (t) => {
  const secret = '1a2b3c4d5e'.repeat(5)
  const issues = poolIssues(`id: eu-west-1_a, clientIds: [${secret}]`)
  t.match(issues, [{ found: 'a value of 50 characters', expected: /client secret/ }])
  const other = poolIssues(`id: eu-west-1_a, ${CLIENT}, clientSecret: ${secret}`)
  t.match(other, [{ key: 'userPools[0].clientSecret', expected: /no secret/ }])
  t.notMatch(JSON.stringify([issues, other]), secret)
})

t.test('keys and issuers come over https, over http from loopback only', async (t) => {
  for (const url of ['https://keys.example/a', 'http://localhost:1/a', 'http://127.0.0.9/a', 'http://[::1]:1/a']) {
    t.same(poolIssues(`id: eu-west-1_a, ${CLIENT}, jwksUri: "${url}", issuer: "${url}"`), [], url)
  }
  for (const url of ['http://keys.example/a', 'http://10.0.0.1/a', 'http://0.0.0.0/a', 'http://localhost.example/a']) {
    const fix = new RegExp(url.replace('http:', 'https:'))
    t.match(poolIssues(`id: eu-west-1_a, ${CLIENT}, jwksUri: "${url}"`), [{ key: 'userPools[0].jwksUri', fix }], url)
    t.match(poolIssues(`id: eu-west-1_a, ${CLIENT}, issuer: "${url}"`), [{ key: 'userPools[0].issuer' }], url)
  }
  t.match(poolIssues(`id: eu-west-1_a, ${CLIENT}, jwksUri: "file:///keys.json"`), [{ key: 'userPools[0].jwksUri' }])
})

t.test('keys come from a URI or from a file', async (t) => {
  t.match(poolIssues(`id: eu-west-1_a, ${CLIENT}, jwksUri: "https://a.example", jwksFile: /keys.json`), [
    { key: 'userPools[0].jwksUri', expected: /not both/ },
  ])
})

t.test('regions and token uses are those of Cognito', async (t) => {
  t.match(poolIssues(`id: eu-west-1_a, ${CLIENT}, additionalRegions: [eu-west-2, Ireland]`), [
    { key: 'userPools[0].additionalRegions[1]', found: 'Ireland' },
  ])
  t.match(poolIssues(`id: eu-west-1_a, ${CLIENT}, tokenUse: [refresh]`), [{ key: 'userPools[0].tokenUse[0]' }])
  t.match(poolIssues(`id: eu-west-1_a, ${CLIENT}, tokenUse: []`), [{ key: 'userPools[0].tokenUse' }])
  t.match(poolIssues(`id: eu-west-1_a, ${CLIENT}, tokenUse: access`), [{ fix: 'tokenUse: [access]' }])
})

t.test('a pool or an issuer that stands twice is refused with both places', async (t) => {
  const yaml = `userPools:
  - { id: eu-west-1_a, ${CLIENT} }
  - { id: eu-west-1_a, ${CLIENT} }`
  t.match(issuesOf({ yaml }), [
    { key: 'userPools[1].id', source: 'cogate.yaml:3:11', expected: /userPools\[0\]\.id \(cogate\.yaml:2:11\)/ },
  ])
  const issuer = 'issuer: "https://a.example/x"'
  const other = `userPools: [{ id: a, ${CLIENT}, ${issuer} }, { id: b, ${CLIENT}, ${issuer} }]`
  t.match(issuesOf({ yaml: other }), [{ key: 'userPools[1].issuer' }])
})

t.test('several pools load in their order', async (t) => {
  const yaml = `userPools: [{ id: eu-west-1_b, ${CLIENT} }, { id: eu-west-1_a, ${CLIENT} }]`
  t.same(
    load({ yaml }).config.userPools.map(({ id }) => id),
    ['eu-west-1_b', 'eu-west-1_a'],
  )
})

t.test('where insecureAnyClient is wrong itself, nobody is told to list app clients as well', async (t) => {
  t.match(poolIssues('id: eu-west-1_a, insecureAnyClient: 1'), [
    { key: 'userPools[0].insecureAnyClient', fix: 'insecureAnyClient: true' },
  ])
  t.equal(poolIssues('id: eu-west-1_a, insecureAnyClient: 1').length, 1)
})
