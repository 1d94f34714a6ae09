/** A gate in front of a service, with three lines of rules and callers with and without a group. */
import { request } from 'node:http'
import type { Test } from 'tap'
import { startTestGate } from '../gateway.ts'
import { startTestIssuer } from '../issuer.ts'

/** What a user would write; none of it allows a form of a path. */
const threeRules = [
  { path: '/*' },
  { path: '/admin/*', groups: ['admin'] },
  { path: '/notes/*', methods: ['GET', 'POST'] },
]

interface Asked {
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  readonly token?: string
}

interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, unknown>>
  readonly text: string
}

/** Sends the target byte for byte, which `fetch` does not. */
export async function gated(t: Test, upstream: string, env: Readonly<Record<string, string>> = {}) {
  const issuer = await startTestIssuer(t)
  const gate = await startTestGate(t, { issuer, upstream, routes: threeRules, env })
  const token = issuer.mintAccessToken()
  const send = (method: string, path: string, asked: Asked = {}): Promise<Answer> => {
    const headers = { authorization: `Bearer ${asked.token ?? token}`, ...asked.headers }
    const { promise, resolve, reject } = Promise.withResolvers<Answer>()
    const outgoing = request({ host: '127.0.0.1', port: gate.port, method, path, headers, agent: false })
    outgoing.on('error', reject).on('response', async (answer) => {
      const text = await answer.setEncoding('utf8').reduce((all: string, part: string) => all + part, '')
      resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text })
    })
    outgoing.end(asked.body)
    return promise
  }
  return { gate, issuer, token, send }
}
