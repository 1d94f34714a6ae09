/** A configuration in which every key is set, and one in which none is: as text, and as the loader reads it. */
import type { Config } from '../../src/config/config.ts'
import { authApiDefaults, loginDefaults, revocationDefaults, sessionDefaults } from '../helpers/login-defaults.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE

export const DEFAULTS = {
  listen: { host: '0.0.0.0', port: 8181 },
  ops: { listen: { host: '0.0.0.0', port: 9464 }, statusPage: true, explain: false },
  upstream: {
    url: 'http://127.0.0.1:8080',
    connectTimeoutMs: 5000,
    responseTimeoutMs: 30_000,
    idleTimeoutMs: 5 * MINUTE,
    maxConnections: 256,
    maxWaiting: 1024,
    waitTimeoutMs: 5000,
    keepAliveMs: 'auto',
    preserveHost: true,
    rewriteLocation: 'auto',
    tolerate: [],
    webSocket: 'tunnel',
    tls: { insecureSkipVerify: false },
  },
  userPools: [
    {
      id: 'eu-west-1_AbCdEfGhI',
      clientIds: ['client1'],
      insecureAnyClient: false,
      tokenUse: ['access'],
      audience: [],
      additionalRegions: [],
      insecureHttpKeys: false,
    },
  ],
  jwks: { refreshIntervalMs: HOUR, cooldownMs: 10_000, maxStaleMs: 24 * HOUR, timeoutMs: 3000 },
  tokenCache: { maxEntries: 20_000, maxBytes: 64 * 1024 ** 2, maxAgeMs: HOUR },
  clockToleranceMs: 0,
  credentials: { sources: ['bearer'] },
  auth: { endStreamsAtExpiry: false, realm: 'cogate' },
  mode: 'enforce',
  routes: [],
  paths: { allow: [] },
  endpoints: { prefix: '/_cogate' },
  identityHeaders: { preset: 'default', stripPrefixes: [], passToken: true, unverifiedEmail: 'drop' },
  forwarded: { trust: [], via: false },
  forwardAuth: { enabled: false },
  limits: {
    tokenBytes: 8192,
    headersBytes: 32_768,
    headerCount: 200,
    urlBytes: 8192,
    requestTimeoutMs: 5 * MINUTE,
    headersTimeoutMs: 15_000,
    bodyIdleMs: 30_000,
    bodyRateBytes: 1024,
    keepAliveMs: 75_000,
    eventLoopDelayMs: 1000,
  },
  cors: { preflight: 'deny', allowOrigins: [] },
  login: loginDefaults,
  rateLimit: { store: 'process', redis: { prefix: 'cogate:', timeoutMs: 10 } },
  revocation: revocationDefaults,
  session: sessionDefaults,
  authApi: authApiDefaults,
  resourceMetadata: { enabled: false, resources: ['/'] },
  identityToken: { header: 'X-Cogate-Identity', ttlMs: 60_000, algorithm: 'ES256' },
  workers: 1,
  upstreams: [],
  reload: { watch: true },
  drain: { delayMs: 5000, timeoutMs: 20_000 },
  tracing: { sampleRatio: 0.1 },
  log: { level: 'info', access: true, subject: 'hashed', audit: 'none' },
} as const satisfies Config

export const EVERYTHING = `
listen: ":80"
ops: { listen: "127.0.0.1:0", statusPage: false, explain: true }
upstream:
  url: https://app.example.com
  connectTimeout: 1s
  responseTimeout: 2s
  idleTimeout: 3s
  maxConnections: 4
  maxWaiting: 0
  waitTimeout: 4s
  keepAlive: 90s
  tolerate: [bareLineFeed, statusAbove599]
  preserveHost: false
  headers: { X-Env: [a, b] }
  headerFiles: { X-File: /run/value }
  rewriteLocation: off
  webSocket: relay
  tls: { serverName: app, insecureSkipVerify: true }
upstreams:
  - name: reports
    url: https://reports.example.com
    connectTimeout: 1s
    responseTimeout: 2s
    idleTimeout: 3s
    maxConnections: 4
    maxWaiting: 0
    waitTimeout: 4s
    keepAlive: 90s
    tolerate: [bareLineFeed]
    preserveHost: false
    headers: { X-Env: [c] }
    headerFiles: { X-File: /run/value }
    rewriteLocation: off
    webSocket: relay
    tls: { serverName: reports, insecureSkipVerify: true }
userPools:
  - id: local_abc
    insecureAnyClient: true
    tokenUse: [access, id]
    audience: [https://api.example.com]
    issuer: http://localhost:9229/local_abc
    additionalRegions: [us-gov-west-1]
    jwksUri: http://127.0.0.1:9229/jwks.json
jwks: { refreshInterval: 5s, cooldown: 1s, maxStale: 6s, timeout: 7s, snapshotFile: /tmp/keys.json }
tokenCache: { maxEntries: 8, maxBytes: 9KiB, maxAge: 10s }
clockTolerance: 11s
credentials: { sources: [basicPassword, 'cookie:token'] }
auth: { endStreamsAtExpiry: true, realm: api }
mode: report
routes:
  - path: /admin/*
    auth: required
    methods: [GET]
    host: a.example
    groups: [g]
    scopes: [s]
    anyScope: [t]
    clientIds: [c]
    userPools: [local_abc]
    acr: [high]
    maxAuthAge: 5m
    claims: { plan: [gold, 3, true], 'custom:tenant': '::x' }
    subject: user
    tokenUse: [id]
    upstream: reports
    stripPrefix: /admin
    addPrefix: /v2
    mode: report
    paths: { allow: [encodedSlash] }
paths: { allow: [semicolon, encodedSlash, doubleSlash] }
endpoints: { prefix: /gate }
identityHeaders:
  preset: none
  set: [{ name: X-User, claim: sub, format: pipe, encoding: base64 }]
  stripPrefixes: [x-own-]
  passToken: false
  unverifiedEmail: send
forwarded: { trust: [10.0.0.0/8, "::1"], via: true }
forwardAuth: { enabled: true }
limits:
  { token: 1KiB, headers: 2KiB, headerCount: 3, url: 4KiB, body: 5MiB, requestTimeout: 6s, headersTimeout: 5s, bodyIdle: 4s, bodyRate: 2KiB, bodyTimeout: 9m, keepAlive: 7s, connections: 8, eventLoopDelay: 250ms }
rateLimit: { perSubject: 50/s, perAddress: 600/m, burst: 100, store: redis, redis: { prefix: "c:", timeout: 20ms } }
cors: { preflight: answer, allowOrigins: ["https://a.example"] }
publicUrl: https://app.example.com
resourceMetadata:
  enabled: true
  resources: [/mcp]
  scopes: [mcp/use]
  name: tools
  documentation: https://docs.example.com/
  registrationEndpoint: https://register.example.com/
identityToken: { audience: orders, header: X-Signed, issuer: gate, ttl: 30s, algorithm: EdDSA, signer: "arn:x" }
revocation: { file: /tmp/revoked.jsonl, redis: { url: "redis://b", prefix: "b:" }, onStoreFailure: deny, maxLag: 1m }
redis: { url: "redis://a" }
workers: auto
reload: { watch: false }
activeUsers: { secret: a-secret, file: /tmp/users.json }
drain: { delay: 0s, timeout: 0s }
tracing: { endpoint: "http://127.0.0.1:4318/x", sampleRatio: 0.5 }
log: { level: silent, access: false, subject: none, subjectSecret: another, audit: /tmp/audit.log }
`

export const PARSED = {
  listen: { host: '0.0.0.0', port: 80 },
  ops: { listen: { host: '127.0.0.1', port: 0 }, statusPage: false, explain: true },
  upstream: {
    url: 'https://app.example.com',
    connectTimeoutMs: 1000,
    responseTimeoutMs: 2000,
    idleTimeoutMs: 3000,
    maxConnections: 4,
    maxWaiting: 0,
    waitTimeoutMs: 4000,
    keepAliveMs: 90_000,
    preserveHost: false,
    headers: { 'X-Env': ['a', 'b'] },
    headerFiles: { 'X-File': ['/run/value'] },
    rewriteLocation: 'off',
    tolerate: ['bareLineFeed', 'statusAbove599'],
    webSocket: 'relay',
    tls: { serverName: 'app', insecureSkipVerify: true },
  },
  upstreams: [
    {
      name: 'reports',
      url: 'https://reports.example.com',
      connectTimeoutMs: 1000,
      responseTimeoutMs: 2000,
      idleTimeoutMs: 3000,
      maxConnections: 4,
      maxWaiting: 0,
      waitTimeoutMs: 4000,
      keepAliveMs: 90_000,
      preserveHost: false,
      headers: { 'X-Env': ['c'] },
      headerFiles: { 'X-File': ['/run/value'] },
      rewriteLocation: 'off',
      tolerate: ['bareLineFeed'],
      webSocket: 'relay',
      tls: { serverName: 'reports', insecureSkipVerify: true },
    },
  ],
  userPools: [
    {
      id: 'local_abc',
      clientIds: [],
      insecureAnyClient: true,
      tokenUse: ['access', 'id'],
      audience: ['https://api.example.com'],
      issuer: 'http://localhost:9229/local_abc',
      additionalRegions: ['us-gov-west-1'],
      insecureHttpKeys: false,
      jwksUri: 'http://127.0.0.1:9229/jwks.json',
    },
  ],
  jwks: {
    refreshIntervalMs: 5000,
    cooldownMs: 1000,
    maxStaleMs: 6000,
    timeoutMs: 7000,
    snapshotFile: '/tmp/keys.json',
  },
  tokenCache: { maxEntries: 8, maxBytes: 9216, maxAgeMs: 10_000 },
  clockToleranceMs: 11_000,
  credentials: { sources: ['basicPassword', 'cookie:token'] },
  auth: { endStreamsAtExpiry: true, realm: 'api' },
  mode: 'report',
  routes: [
    {
      path: '/admin/*',
      auth: 'required',
      methods: ['GET'],
      host: 'a.example',
      paths: { allow: ['encodedSlash'] },
      groups: ['g'],
      scopes: ['s'],
      anyScope: ['t'],
      clientIds: ['c'],
      userPools: ['local_abc'],
      acr: ['high'],
      maxAuthAgeMs: 300_000,
      claims: { plan: ['gold', '3', 'true'], 'custom:tenant': ['::x'] },
      subject: 'user',
      tokenUse: ['id'],
      upstream: 'reports',
      stripPrefix: '/admin',
      addPrefix: '/v2',
      mode: 'report',
    },
  ],
  paths: { allow: ['semicolon', 'encodedSlash', 'doubleSlash'] },
  endpoints: { prefix: '/gate' },
  identityHeaders: {
    preset: 'none',
    set: [{ name: 'X-User', claim: 'sub', format: 'pipe', encoding: 'base64' }],
    stripPrefixes: ['x-own-'],
    passToken: false,
    unverifiedEmail: 'send',
  },
  forwarded: { trust: ['10.0.0.0/8', '::1/128'], via: true },
  forwardAuth: { enabled: true },
  limits: {
    tokenBytes: 1024,
    headersBytes: 2048,
    headerCount: 3,
    urlBytes: 4096,
    bodyBytes: 5 * 1024 ** 2,
    requestTimeoutMs: 6000,
    headersTimeoutMs: 5000,
    bodyIdleMs: 4000,
    bodyRateBytes: 2048,
    bodyTimeoutMs: 540_000,
    keepAliveMs: 7000,
    connections: 8,
    eventLoopDelayMs: 250,
  },
  rateLimit: {
    perSubject: { requests: 50, periodMs: 1000 },
    perAddress: { requests: 600, periodMs: 60_000 },
    burst: 100,
    store: 'redis',
    redis: { prefix: 'c:', timeoutMs: 20 },
  },
  cors: { preflight: 'answer', allowOrigins: ['https://a.example'] },
  login: loginDefaults,
  revocation: {
    file: '/tmp/revoked.jsonl',
    redis: { url: 'redis://b', prefix: 'b:' },
    onStoreFailure: 'deny',
    maxLagMs: 60_000,
  },
  redis: { url: 'redis://a' },
  session: sessionDefaults,
  authApi: authApiDefaults,
  publicUrl: 'https://app.example.com',
  resourceMetadata: {
    enabled: true,
    resources: ['/mcp'],
    scopes: ['mcp/use'],
    name: 'tools',
    documentation: 'https://docs.example.com/',
    registrationEndpoint: 'https://register.example.com/',
  },
  identityToken: {
    audience: 'orders',
    header: 'X-Signed',
    issuer: 'gate',
    ttlMs: 30_000,
    algorithm: 'EdDSA',
    signer: 'arn:x',
  },
  workers: 'auto',
  reload: { watch: false },
  activeUsers: { secret: 'a-secret', file: '/tmp/users.json' },
  drain: { delayMs: 0, timeoutMs: 0 },
  tracing: { endpoint: 'http://127.0.0.1:4318/x', sampleRatio: 0.5 },
  log: { level: 'silent', access: false, subject: 'none', subjectSecret: 'another', audit: '/tmp/audit.log' },
} as const satisfies Config
