/**
 * autocannon in a process of its own: takes a job as its argument and prints its counts as JSON. Each connection sends
 * its own share of the tokens, so that all together they send every token in rotation.
 */
import { readFileSync } from 'node:fs'
import autocannon from 'autocannon'
import type { Load, LoadCounts } from './job.ts'

const load = JSON.parse(process.argv[2] ?? '') as Load
const { url, method = 'GET', bodyBytes, tokensFile, tokenCount, areCookies, connections, seconds } = load
const allTokens = tokensFile === undefined ? [] : readFileSync(tokensFile, 'utf8').trim().split('\n')
const tokens = allTokens.slice(0, tokenCount)
const path = new URL(url).pathname
const body = bodyBytes === undefined ? undefined : 'x'.repeat(bodyBytes)

function requestsOf(connection: number): autocannon.Request[] {
  const step = Math.min(connections, tokens.length)
  const own = tokens.filter((_, n) => n % step === connection % step)
  return own.map((token) => ({ method, path, body, headers: headersOf(token) }))
}

function headersOf(token: string): Readonly<Record<string, string>> {
  return areCookies ? { cookie: token } : { authorization: `Bearer ${token}` }
}

let connection = 0
const started = performance.now()
const result = await autocannon({
  url,
  method,
  connections,
  duration: seconds,
  ...(body !== undefined && { body }),
  ...(tokens.length > 0 && { setupClient: (client) => client.setRequests(requestsOf(connection++)) }),
})
const counts: LoadCounts = {
  requests: result['2xx'] + result.non2xx,
  seconds: (performance.now() - started) / 1000,
  refused: result.non2xx,
  socketErrors: result.errors,
}
console.log(JSON.stringify(counts))
