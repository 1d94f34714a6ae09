import t from 'tap'
import { apiOriginOf, identityOriginOf, issuersOf, jwksUrisOf } from '../../../src/tokens/keys/issuers.ts'
import { testPool } from '../../helpers/runtime.ts'

t.test('accepts both issuer forms of the pool', async (t) => {
  t.strictSame(issuersOf(testPool), [
    'https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_TESTPOOL1',
    'https://issuer-cognito-idp.eu-west-1.amazonaws.com/eu-west-1_TESTPOOL1',
  ])
})

t.test('knows the domain of every partition', async (t) => {
  const domains = [
    ['us-east-1', 'amazonaws.com'],
    ['us-gov-west-1', 'amazonaws.com'],
    ['cn-north-1', 'amazonaws.com.cn'],
    ['eusc-de-east-1', 'amazonaws.eu'],
    ['us-isob-east-1', 'sc2s.sgov.gov'],
    ['us-iso-east-1', 'c2s.ic.gov'],
  ] as const
  for (const [region, domain] of domains) {
    const [issuer] = issuersOf({ ...testPool, id: `${region}_Abc` })
    t.equal(issuer, `https://cognito-idp.${region}.${domain}/${region}_Abc`)
  }
})

t.test('accepts the issuers of replica regions, each once', async (t) => {
  const pool = { ...testPool, additionalRegions: ['us-east-1', 'eu-west-1', 'us-east-1'] }
  t.strictSame(issuersOf(pool), [
    'https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_TESTPOOL1',
    'https://issuer-cognito-idp.eu-west-1.amazonaws.com/eu-west-1_TESTPOOL1',
    'https://cognito-idp.us-east-1.amazonaws.com/eu-west-1_TESTPOOL1',
    'https://issuer-cognito-idp.us-east-1.amazonaws.com/eu-west-1_TESTPOOL1',
  ])
})

t.test('accepts the configured issuer alone', async (t) => {
  const pool = { ...testPool, issuer: 'http://localhost:9229/local_A', additionalRegions: ['us-east-1'] }
  t.strictSame(issuersOf(pool), ['http://localhost:9229/local_A'])
  t.strictSame(jwksUrisOf(pool), ['http://localhost:9229/local_A/.well-known/jwks.json'])
})

t.test('fetches keys from every issuer, or from the configured place alone', async (t) => {
  t.strictSame(jwksUrisOf(testPool), [
    'https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_TESTPOOL1/.well-known/jwks.json',
    'https://issuer-cognito-idp.eu-west-1.amazonaws.com/eu-west-1_TESTPOOL1/.well-known/jwks.json',
  ])
  t.strictSame(jwksUrisOf({ ...testPool, jwksUri: 'https://keys.example/jwks.json' }), [
    'https://keys.example/jwks.json',
  ])
})

t.test('makes no issuer of an id without a region', async (t) => {
  t.strictSame(issuersOf({ ...testPool, id: '' }), [
    'https://cognito-idp..amazonaws.com/',
    'https://issuer-cognito-idp..amazonaws.com/',
  ])
})

t.test('knows where the API of the pool is, whatever its issuer is called', async (t) => {
  t.equal(
    apiOriginOf({ ...testPool, issuer: 'https://issuer.example/pool' }),
    'https://cognito-idp.eu-west-1.amazonaws.com',
  )
  t.equal(apiOriginOf({ ...testPool, id: 'cn-north-1_Abc' }), 'https://cognito-idp.cn-north-1.amazonaws.com.cn')
  t.equal(apiOriginOf({ ...testPool, id: '' }), 'https://cognito-idp..amazonaws.com')
})

t.test('an identity pool has its API in its own region, in every part of AWS', async (t) => {
  const id = '7d1c3e56-2f0a-4d0e-9c1b-8e2f6a5b4c3d'
  t.equal(identityOriginOf(`eu-west-1:${id}`), 'https://cognito-identity.eu-west-1.amazonaws.com')
  t.equal(identityOriginOf(`cn-north-1:${id}`), 'https://cognito-identity.cn-north-1.amazonaws.com.cn')
})
