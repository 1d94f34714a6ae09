import t from 'tap'
import { suggestValue } from '../../../src/config/issues/suggest.ts'
import type { Option } from '../../../src/config/table/option.ts'
import { configName } from '../../../src/config/table/option.ts'
import { OPTIONS } from '../../../src/config/table/options.ts'
import { expectType, nameType } from '../../../src/config/table/type-text.ts'
import { parseValue, writeValue } from '../../../src/config/table/values.ts'

/** The keys of the contract, and no other. */
const KEYS = `
listen ops.listen ops.statusPage ops.explain
tls.certFile tls.keyFile tls.clientCaFile
upstream.url upstream.connectTimeout upstream.responseTimeout upstream.idleTimeout upstream.maxConnections
upstream.maxWaiting upstream.waitTimeout upstream.keepAlive upstream.preserveHost upstream.headers upstream.headerFiles upstream.tolerate upstream.rewriteLocation upstream.webSocket upstream.tls.caFile upstream.tls.certFile upstream.tls.keyFile upstream.tls.serverName
upstream.tls.insecureSkipVerify
upstreams upstreams[].name upstreams[].url upstreams[].connectTimeout upstreams[].responseTimeout upstreams[].idleTimeout
upstreams[].maxConnections upstreams[].maxWaiting upstreams[].waitTimeout upstreams[].keepAlive upstreams[].preserveHost
upstreams[].headers upstreams[].headerFiles upstreams[].tolerate upstreams[].rewriteLocation upstreams[].webSocket
upstreams[].tls.caFile upstreams[].tls.certFile upstreams[].tls.keyFile upstreams[].tls.serverName upstreams[].tls.insecureSkipVerify
limits.token limits.headers limits.headerCount limits.url limits.body limits.requestTimeout limits.headersTimeout
limits.bodyIdle limits.bodyRate limits.bodyTimeout limits.keepAlive limits.connections limits.eventLoopDelay
rateLimit.perSubject rateLimit.perAddress rateLimit.burst rateLimit.store rateLimit.redis.prefix rateLimit.redis.timeout
userPools userPools[].id userPools[].clientIds userPools[].insecureAnyClient userPools[].tokenUse userPools[].audience
userPools[].issuer userPools[].additionalRegions userPools[].jwksUri userPools[].insecureHttpKeys userPools[].jwksFile
jwks.refreshInterval jwks.cooldown jwks.maxStale jwks.timeout jwks.snapshotFile
tokenCache.maxEntries tokenCache.maxBytes tokenCache.maxAge
clockTolerance
auth.endStreamsAtExpiry
revocation.file revocation.redis.url revocation.redis.caFile revocation.redis.prefix revocation.onStoreFailure revocation.maxLag
mode
routes routes[].path routes[].auth routes[].methods routes[].host routes[].groups routes[].scopes routes[].anyScope
routes[].clientIds routes[].userPools routes[].acr routes[].maxAuthAge routes[].claims routes[].subject routes[].tokenUse routes[].upstream routes[].stripPrefix routes[].addPrefix routes[].mode
routes[].paths.allow paths.allow endpoints.prefix
identityHeaders.preset identityHeaders.set identityHeaders.set[].name identityHeaders.set[].claim
identityHeaders.set[].format identityHeaders.set[].encoding identityHeaders.stripPrefixes identityHeaders.passToken identityHeaders.unverifiedEmail
forwarded.trust forwarded.via
forwardAuth.enabled
credentials.sources
auth.realm
cors.preflight cors.allowOrigins
publicUrl
login.domain login.clientId login.clientSecret login.scopes login.identityProvider login.idpIdentifier login.prompt
login.maxAge login.lang login.forwardParams login.stateMaxAge login.refresh.timeout login.refresh.ahead
login.logout.cognito login.logout.revoke login.logout.on login.logout.clearSiteData login.pages.dir login.pages.languages
session.secrets session.store session.redis.url session.redis.caFile session.redis.prefix
session.cookieName session.sameSite session.remember session.idle session.absolute
session.allowedOrigins session.claims
authApi.enabled authApi.operations authApi.mode authApi.flow authApi.reveal authApi.allowedOrigins authApi.endpoint
authApi.identityPool authApi.identityEndpoint authApi.signInPage authApi.totpIssuer authApi.minTime authApi.limits.perAddress authApi.limits.signUp authApi.limits.codes
resourceMetadata.enabled resourceMetadata.resources resourceMetadata.scopes resourceMetadata.name
resourceMetadata.documentation resourceMetadata.registrationEndpoint
identityToken.audience identityToken.header identityToken.issuer identityToken.ttl identityToken.algorithm
identityToken.keyFile identityToken.signer
redis.url redis.caFile redis.usernameFile redis.passwordFile
workers
reload.watch
drain.delay drain.timeout
activeUsers.secret activeUsers.file
tracing.endpoint tracing.sampleRatio
log.level log.access log.subject log.subjectSecret log.audit`

t.test('the table holds the keys of the contract and no other', async (t) => {
  t.same(
    OPTIONS.map(({ path }) => path),
    KEYS.trim().split(/\s+/),
  )
})

t.test('every default is a value of its type, and is written as it is read', async (t) => {
  for (const { path, type, default: fallback } of OPTIONS) {
    if (fallback === undefined || type.kind === 'objects') continue
    const { value, problems } = parseValue(type, fallback)
    t.same(problems, [], path)
    t.same(writeValue(type, value), fallback, path)
  }
})

t.test('every example is a value of its type', async (t) => {
  for (const { path, type, example } of OPTIONS) {
    if (example !== undefined) t.same(parseValue(type, example).problems, [], path)
  }
})

t.test('every key without a default has an example to show', async (t) => {
  const silent = OPTIONS.filter(({ type, default: fallback, example }) => {
    return type.kind !== 'objects' && fallback === undefined && example === undefined
  })
  t.same(silent, [])
})

t.test('every unsafe switch has insecure in its name and is off', async (t) => {
  const unsafe = OPTIONS.filter(({ path }) => path.includes('insecure'))
  t.same(
    unsafe.map(({ path, default: fallback }) => [path, fallback]),
    [
      ['upstream.tls.insecureSkipVerify', false],
      ['upstreams[].tls.insecureSkipVerify', false],
      ['userPools[].insecureAnyClient', false],
      ['userPools[].insecureHttpKeys', false],
    ],
  )
})

t.test('only keys that demand, limit and protect nothing may have an empty variable (FLD-01)', async (t) => {
  const guards =
    /^(?:tls|limits|rateLimit|routes|paths|identityHeaders)\b|^upstream\.(?:tls\.(?!insecure)|max|webSocket)|trust|allow|[iI]d|issuer|jwks(?:Uri|File)|tokenUse|audience|max(?:Stale|Age)|interval|cooldown|log\.subject/i
  const harmless = OPTIONS.filter(({ mayBeEmpty }) => mayBeEmpty).map(({ path }) => path)
  t.same(
    harmless.filter((path) => guards.test(path) && !path.endsWith('idleTimeout')),
    [],
  )
  t.ok(harmless.includes('log.level') && !harmless.includes('routes'))
})

t.test('every key is documented in one line that ends', async (t) => {
  for (const { path, doc } of OPTIONS) t.match(doc, /^[A-Z`].*\.$/, path)
})

t.test('every type has a name and says what it expects', async (t) => {
  for (const { path, type } of OPTIONS) {
    t.ok(nameType(type).length > 2, path)
    t.ok(expectType(type).length > 5, path)
  }
})

t.test('parsed values carry their unit in their name', async (t) => {
  const name = (path: string) => configName(OPTIONS.find((option) => option.path === path) as Option)
  t.equal(name('upstream.connectTimeout'), 'connectTimeoutMs')
  t.equal(name('limits.token'), 'tokenBytes')
  t.equal(name('tokenCache.maxBytes'), 'maxBytes')
  t.equal(name('userPools[].clientIds'), 'clientIds')
})

t.test('whatever is suggested for a wrong value is a right one', async (t) => {
  const clues = ['', '5', '-1', 'x', 'yes', '[]', '{}', 'a, b', '5 s', '999GiB', 'http://a/b', 'unix:a', '☃', '"q"']
  for (const option of OPTIONS.filter(({ type }) => type.kind !== 'objects')) {
    const item = option.type.kind === 'list' ? [option.type.of] : []
    for (const type of [option.type, ...item]) {
      for (const clue of clues) {
        const value = suggestValue(option, type, clue)
        t.same(parseValue(type, value).problems, [], `${option.path}, ${nameType(type)}: ${clue}`)
      }
    }
  }
})
