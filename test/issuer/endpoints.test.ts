import t from 'tap'
import { createKeys } from '../../src/issuer/keys.ts'
import { startTestIssuer } from '../helpers/issuer.ts'
import { sendRaw } from '../helpers/raw-socket.ts'

const issuer = await startTestIssuer(t, { keys: createKeys() })
const FORM = { 'content-type': 'application/x-www-form-urlencoded' }

interface JsonAnswer {
  readonly status: number
  readonly body: Record<string, unknown>
  readonly headers: Headers
}

async function fetchJson(path: string, init: RequestInit = {}): Promise<JsonAnswer> {
  const response = await fetch(issuer.url + path, init)
  return { status: response.status, body: (await response.json()) as JsonAnswer['body'], headers: response.headers }
}

function postForm(body: string, headers: Record<string, string> = FORM): Promise<JsonAnswer> {
  return fetchJson('/oauth2/token', { method: 'POST', body, headers })
}

function decodePayload(token: unknown): Record<string, unknown> {
  return JSON.parse(Buffer.from(String(token).split('.')[1] ?? '', 'base64url').toString())
}

t.test('serves discovery that names only endpoints which exist', async (t) => {
  const { status, body } = await fetchJson(`/${issuer.poolId}/.well-known/openid-configuration`)
  t.equal(status, 200)
  t.match(body, {
    issuer: issuer.issuer,
    jwks_uri: issuer.jwksUri,
    authorization_endpoint: `${issuer.url}/oauth2/authorize`,
    end_session_endpoint: `${issuer.url}/logout`,
    revocation_endpoint: `${issuer.url}/oauth2/revoke`,
    token_endpoint: `${issuer.url}/oauth2/token`,
    userinfo_endpoint: `${issuer.url}/oauth2/userInfo`,
    id_token_signing_alg_values_supported: ['RS256'],
  })
  const endpoints = Object.entries(body).filter(([name]) => name.endsWith('_endpoint') || name.endsWith('_uri'))
  t.equal(endpoints.length, 6)
  for (const [name, url] of endpoints) t.not((await fetch(String(url))).status, 404, name)
})

t.test('exchanges client credentials in the form for an M2M token', async (t) => {
  const { status, body, headers } = await postForm(`grant_type=client_credentials&client_id=${issuer.clientId}`)
  t.equal(status, 200)
  t.equal(headers.get('content-type'), 'application/json')
  t.same(Object.keys(body).sort(), ['access_token', 'expires_in', 'token_type'])
  t.match(body, { expires_in: 3600, token_type: 'Bearer' })
  t.match(decodePayload(body['access_token']), { sub: issuer.clientId, scope: 'api/read', token_use: 'access' })
})

t.test('exchanges client credentials in Basic authentication and grants the scope asked for', async (t) => {
  const authorization = `Basic ${Buffer.from(`${issuer.clientId}:any-secret`).toString('base64')}`
  const { status, body } = await postForm('grant_type=client_credentials&scope=api%2Fwrite', { ...FORM, authorization })
  t.equal(status, 200)
  t.equal(decodePayload(body['access_token'])['scope'], 'api/write')
})

t.test('refuses bad token requests with the OAuth error and 400, an unknown client with 401', async (t) => {
  const client = `client_id=${issuer.clientId}`
  const refusals = [
    { body: '', error: 'invalid_request' },
    { body: client, error: 'invalid_request' },
    { body: 'grant_type=client_credentials', error: 'invalid_request' },
    { body: 'grant_type=client_credentials&client_id=', error: 'invalid_client' },
    { body: 'grant_type=client_credentials&client_id=nobody', error: 'invalid_client' },
    { body: `grant_type=password&${client}`, error: 'unsupported_grant_type' },
    { body: `grant_type=authorization_code&code=x&${client}`, error: 'invalid_request' },
    { body: '%zz=%&&&=', error: 'invalid_request' },
  ]
  for (const { body, error } of refusals) {
    const answer = await postForm(body)
    const status = error === 'invalid_client' ? 401 : 400
    t.same({ status: answer.status, body: answer.body }, { status, body: { error } }, body)
  }
})

t.test('lets Basic authentication decide over the client_id of the form', async (t) => {
  const authorization = `Basic ${Buffer.from('nobody:x').toString('base64')}`
  const body = `grant_type=client_credentials&client_id=${issuer.clientId}`
  t.match(await postForm(body, { ...FORM, authorization }), { status: 401, body: { error: 'invalid_client' } })
  t.equal((await postForm(body, { ...FORM, authorization: 'Basic %%%' })).status, 200, 'unreadable Basic is none')
})

t.test('refuses a token request that is not a form', async (t) => {
  const body = JSON.stringify({ grant_type: 'client_credentials', client_id: issuer.clientId })
  const answer = await postForm(body, { 'content-type': 'application/json' })
  t.match(answer, { status: 400, body: { error: 'invalid_request' } })
})

t.test('accepts a form of 64 KiB and refuses a larger one with 413', async (t) => {
  const start = `grant_type=client_credentials&client_id=${issuer.clientId}&padding=`
  const padded = (sizeBytes: number): string => start.padEnd(sizeBytes, 'x')
  t.equal((await postForm(padded(65_536))).status, 200)
  t.match(await postForm(padded(65_537)), { status: 413, body: { error: 'invalid_request' } })
  t.match(await postForm(padded(4 * 1024 * 1024)), { status: 413, body: { error: 'invalid_request' } })
  t.equal((await fetch(issuer.jwksUri)).status, 200, 'and goes on serving')
})

t.test('mints an access token for development', async (t) => {
  const { status, body } = await fetchJson('/token?username=bob&groups=admin,users&scope=api%2Fread&expires_in=60')
  t.equal(status, 200)
  t.same(Object.keys(body), ['token'])
  const payload = decodePayload(body['token'])
  t.match(payload, { username: 'bob', 'cognito:groups': ['admin', 'users'], scope: 'api/read', token_use: 'access' })
  t.equal(Number(payload['exp']) - Number(payload['iat']), 60)
})

t.test('mints ID, M2M and expired tokens for development', async (t) => {
  const mint = async (query: string): Promise<Record<string, unknown>> =>
    decodePayload((await fetchJson(`/token${query}`)).body['token'])
  t.match(await mint(''), { username: 'alice', token_use: 'access' })
  t.match(await mint('?use=id&username=bob'), { token_use: 'id', 'cognito:username': 'bob' })
  t.match(await mint('?use=m2m'), { sub: issuer.clientId, client_id: issuer.clientId })
  t.ok(Number((await mint('?expires_in=-60'))['exp']) < Date.now() / 1000)
  t.notOk('cognito:groups' in (await mint('?groups=,')))
  t.equal((await mint('?scope=https://api.example/x?y'))['scope'], 'https://api.example/x?y')
})

t.test('mints a token of another app client, which a gate refuses', async (t) => {
  const { body } = await fetchJson('/token?client_id=2otherclient')
  t.match(decodePayload(body['token']), { client_id: '2otherclient', username: 'alice' })
})

t.test('refuses a parameter that it does not know, so that a slip gives no other token than was meant', async (t) => {
  const { status, body } = await fetchJson('/token?group=admin')
  t.equal(status, 400)
  t.match(body, {
    error: 'invalid_request',
    error_description: 'group is not known; there are username, groups, scope, use, client_id, expires_in, tampered',
  })
})

t.test('refuses a development token it cannot mint with 400', async (t) => {
  for (const query of ['expires_in=soon', 'expires_in=1.5', 'expires_in=', 'expires_in=99999999999', 'use=refresh']) {
    const { status, body } = await fetchJson(`/token?${query}`)
    t.equal(status, 400, query)
    t.equal(body['error'], 'invalid_request')
    t.type(body['error_description'], 'string')
  }
})

t.test('answers an unknown path with 404 and a wrong method with 405, both in JSON', async (t) => {
  for (const path of ['/', '/nothing', '/eu-west-1_Other/.well-known/jwks.json', '/oauth2/token/']) {
    t.match(await fetchJson(path), { status: 404, body: { error: 'not_found' } }, path)
  }
  const getToken = await fetchJson('/oauth2/token')
  t.match(getToken, { status: 405, body: { error: 'method_not_allowed' } })
  t.equal(getToken.headers.get('allow'), 'POST')
  t.equal((await fetchJson('/rotate')).status, 405, 'a GET never rotates')
})

t.test('survives request lines and bodies no client would send', async (t) => {
  const { port } = new URL(issuer.url)
  const send = (bytes: string, halfClose = false) => sendRaw({ port: Number(port), bytes, halfClose })
  const host = 'Host: x\r\nConnection: close\r\n\r\n'
  for (const target of ['//', '//[', '/%zz', '*', 'http://[', '/?']) {
    const { responses } = await send(`GET ${target} HTTP/1.1\r\n${host}`)
    t.equal(responses[0]?.status, 404, target)
  }
  t.equal((await send('nonsense\r\n\r\n')).responses[0]?.status, 400)
  const cut = await send('POST /oauth2/token HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\ngrant', true)
  t.equal(cut.closed, true, 'a body cut short ends the connection')
  t.equal((await fetch(issuer.jwksUri)).status, 200)
})
