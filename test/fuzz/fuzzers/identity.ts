/**
 * Whatever header lines a caller sends, through the whole gate: what the service gets under a name it could take for
 * identity is what the token says, in our spelling, and nothing else.
 */
import { deepEqual, equal } from 'node:assert/strict'
import fc from 'fast-check'
import { identityFamilies } from '../../../src/headers/families.ts'
import type { Issuer } from '../../../src/issuer/server.ts'
import type { RawResponse } from '../../helpers/raw-response.ts'
import { defineFuzzer, type Session } from '../fuzzer.ts'
import { createCaller } from '../parts/caller.ts'
import { type FuzzGate, openGate } from '../parts/gate.ts'
import { headerLines, identityNames, type Line } from '../parts/header-lines.ts'
import { openUpstream, type SeenRequest } from '../parts/upstream.ts'

interface IdentityCase {
  readonly path: string
  readonly caller: 'nobody' | 'user' | 'machine'
  readonly lines: readonly Line[]
}

const routes = [
  { path: '/public/*', auth: 'none' },
  { path: '/optional/*', auth: 'optional' },
]

const cases: fc.Arbitrary<IdentityCase> = fc.record({
  path: fc.constantFrom('/', '/public/x', '/optional/x'),
  caller: fc.constantFrom('nobody', 'user', 'machine'),
  lines: headerLines,
})

/** Bearer credential to the identity lines of its token, written out by hand. */
type Callers = ReadonlyMap<string, readonly string[]>

function mintCallers({ mintAccessToken, mintM2mToken, clientId }: Issuer) {
  const user = `Bearer ${mintAccessToken({ username: 'alice', sub: 's-1', groups: ['users', 'a,b'] })}`
  const machine = `Bearer ${mintM2mToken()}`
  const common = (sub: string, scope: string) => [
    ...['X-Cognito-Sub', sub, 'X-Cognito-Client-Id', clientId],
    ...['X-Cognito-Scope', scope, 'X-Cognito-Token-Use', 'access'],
  ]
  const identities: Callers = new Map([
    [
      user,
      ['X-Forwarded-User', 'alice', 'X-Forwarded-Groups', 'users,a%2Cb', ...common('s-1', 'openid profile email')],
    ],
    [machine, ['X-Forwarded-User', clientId, ...common(clientId, 'api/read')]],
  ])
  return { credentials: { nobody: undefined, user, machine }, identities }
}

async function open(): Promise<Session<IdentityCase>> {
  const upstream = await openUpstream()
  const gate = await openGate({ upstream: upstream.url, routes, env: { COGATE_LOG_ACCESS: 'false' } })
  const caller = createCaller(gate.port)
  const { credentials, identities } = mintCallers(gate.issuer)
  return {
    async check({ path, caller: who, lines }) {
      const credential = credentials[who]
      const sent = credential === undefined ? lines : [...lines, ['Authorization', credential] as const]
      const head = sent.map(([name, value]) => `${name}: ${value}\r\n`).join('')
      const response = await caller.ask(`GET ${path} HTTP/1.1\r\nHost: app.example\r\n${head}\r\n`)
      const requests = upstream.takeRequests()
      checkAnswer(gate, response, requests)
      for (const request of requests) checkRequest(request, response, expectedIdentity(path, sent, identities))
      return `${response.status} ${who}`
    },
    async close() {
      caller.close()
      await gate.close()
      await upstream.close()
    },
  }
}

function checkAnswer(gate: FuzzGate, { status }: RawResponse, requests: readonly SeenRequest[]): void {
  deepEqual(gate.takeFaults(), [])
  equal(requests.length, status === 200 ? 1 : 0, `an answer ${status} and ${requests.length} requests at the service`)
  equal(status < 500, true, `an answer ${status}`)
}

function checkRequest({ rawHeaders }: SeenRequest, { headers }: RawResponse, identity: readonly string[]): void {
  deepEqual(linesUnder(rawHeaders, isIdentity), identity)
  deepEqual(linesUnder(rawHeaders, isOf('x-request-id')), ['X-Request-Id', headers['x-request-id']?.[0]])
  deepEqual(linesUnder(rawHeaders, isOf('x-forwarded-for')), ['X-Forwarded-For', '127.0.0.1'])
  deepEqual(linesUnder(rawHeaders, isOf('x-real-ip', 'forwarded')), [])
}

/** Only one Authorization line counts, and none does where the path is open to all. */
function expectedIdentity(path: string, lines: readonly Line[], identities: Callers): readonly string[] {
  const credentials = lines.filter(([name]) => name.toLowerCase() === 'authorization').map(([, value]) => value.trim())
  if (path.startsWith('/public/')) return []
  return identities.get(credentials.join(', ')) ?? []
}

const presetNames: ReadonlySet<string> = new Set(identityNames.map(canonical))
const families = [...identityFamilies]
const isIdentity = (name: string) =>
  presetNames.has(canonical(name)) || families.some((family) => canonical(name).startsWith(family))
const isOf =
  (...names: readonly string[]) =>
  (name: string) =>
    names.includes(canonical(name))

/** As CGI, WSGI, Rack and PHP read names. */
function canonical(name: string): string {
  return name.toLowerCase().replaceAll(/[^a-z0-9]/g, '-')
}

function linesUnder(rawHeaders: readonly string[], isWanted: (name: string) => boolean): string[] {
  return rawHeaders.filter((_, index) => isWanted(rawHeaders[index - (index % 2)] ?? ''))
}

export const identity = defineFuzzer({ name: 'identity', cases, open })
