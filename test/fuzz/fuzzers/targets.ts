/**
 * Whatever request target a caller sends, through the whole gate: it is refused, or forwarded byte for byte; and what an
 * anonymous caller reaches is no protected page, in no reading of any server.
 */
import { deepEqual, equal } from 'node:assert/strict'
import fc from 'fast-check'
import type { RawResponse } from '../../helpers/raw-response.ts'
import { defineFuzzer, type Session } from '../fuzzer.ts'
import { createCaller } from '../parts/caller.ts'
import { openGate } from '../parts/gate.ts'
import { readingsOf } from '../parts/path-readings.ts'
import { targets } from '../parts/targets.ts'
import { openUpstream, type SeenRequest } from '../parts/upstream.ts'

interface TargetCase {
  readonly method: string
  readonly target: string
}

const cases: fc.Arbitrary<TargetCase> = fc.record({
  method: fc.constantFrom('GET', 'GET', 'POST', 'OPTIONS', 'DELETE', 'TRACE', 'CONNECT'),
  target: targets,
})

const admins = { groups: ['admin'] }
const routes = [
  { path: '/*', auth: 'none' },
  { path: '/:a', auth: 'none' },
  { path: '/:a/*', auth: 'none' },
  { path: '/admin/*', ...admins },
  { path: '/desk/tasks', ...admins },
  { path: '/api/:version/keys', ...admins },
  { path: '/open/admin', ...admins },
  { path: '/risk', ...admins },
]
const protectedPage = /^\/(?:admin(?:\/.*)?|desk\/tasks|api\/[^/]+\/keys|open\/admin|risk)$/s

async function open(): Promise<Session<TargetCase>> {
  const upstream = await openUpstream()
  const gate = await openGate({ upstream: upstream.url, routes, env: { COGATE_LOG_ACCESS: 'false' } })
  const caller = createCaller(gate.port)
  const token = gate.issuer.mintAccessToken({ groups: ['admin'] })
  const ask = async ({ method, target }: TargetCase, fields: string): Promise<RawResponse> => {
    const response = await caller.ask(`${method} ${target} HTTP/1.1\r\nHost: app.example\r\n${fields}\r\n`, method)
    checkForwarded(target, response, upstream.takeRequests())
    return response
  }
  return {
    async check({ method, target }) {
      // Around it, Node's parser takes several spaces for one.
      const candidate = { method, target: target.replaceAll(/^ +| +$/g, '') || '/' }
      const anonymous = await ask(candidate, '')
      if (anonymous.status === 200) checkUnprotected(candidate.target)
      const admin = await ask(candidate, `Authorization: Bearer ${token}\r\n`)
      deepEqual(gate.takeFaults(), [])
      equal(anonymous.status === 400, admin.status === 400, 'a target is ambiguous for everybody or nobody')
      return `${anonymous.status} ${admin.status}`
    },
    async close() {
      caller.close()
      await gate.close()
      await upstream.close()
    },
  }
}

function checkForwarded(target: string, { status }: RawResponse, requests: readonly SeenRequest[]): void {
  equal(status === 200 || (status >= 400 && status < 500), true, `an answer ${status}`)
  deepEqual(
    requests.map((request) => request.target),
    status === 200 ? [target] : [],
  )
}

function checkUnprotected(target: string): void {
  const reached = [...readingsOf(target)].filter((reading) => protectedPage.test(reading))
  deepEqual(reached, [], 'no protected page is reached without a token')
}

export const requestTargets = defineFuzzer({ name: 'targets', cases, open })
