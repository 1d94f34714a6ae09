/**
 * wrk with one thread and a script of prebuilt requests: it saturates a gate that one autocannon cannot. Reads wrk's
 * report; never starts it where it is not installed.
 */
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { startPinned } from '../process.ts'
import type { Load, LoadCounts, LoadTool } from './job.ts'

export function hasWrk(): boolean {
  return spawnSync('wrk', ['-v'], { stdio: 'ignore' }).status !== null
}

export async function runWrk({ folder, core }: LoadTool, load: Load): Promise<LoadCounts> {
  const script = join(folder, 'load.lua')
  writeFileSync(script, wrkScript(load))
  const { connections, seconds, url } = load
  const args = ['-t1', `-c${connections}`, `-d${seconds}s`, '--timeout', '10s', '-s', script, url]
  const wrk = await startPinned('wrk', args, { core })
  await wrk.ended
  return parseWrk(wrk.lines.join('\n'))
}

/** Requests are formatted before the clock starts, so that the script costs an array access a request. */
export function wrkScript({ url, method = 'GET', bodyBytes, tokensFile, tokenCount, areCookies }: Load): string {
  const path = new URL(url).pathname
  const body = bodyBytes === undefined ? 'nil' : `string.rep("x", ${bodyBytes})`
  const wanted = tokenCount ?? 'math.huge'
  const add = `if #tokens < ${wanted} then tokens[#tokens + 1] = line end`
  const read = tokensFile === undefined ? '' : `for line in io.lines("${tokensFile}") do ${add} end`
  return `local tokens, requests, at = {}, {}, 0
${read}
init = function(args)
  local body = ${body}
  for n, token in ipairs(tokens) do
    requests[n] = wrk.format("${method}", "${path}", { ${areCookies ? '["Cookie"] = token' : '["Authorization"] = "Bearer " .. token'} }, body)
  end
  if #requests == 0 then requests[1] = wrk.format("${method}", "${path}", nil, body) end
end
request = function()
  at = at % #requests + 1
  return requests[at]
end
`
}

export function parseWrk(output: string): LoadCounts {
  const total = /(\d+) requests in ([\d.]+)(ms|s|m|h),/.exec(output)
  if (total === null) throw new Error(`wrk said:\n${output}`)
  const [, requests = '', time = '', unit = 's'] = total
  const refused = /Non-2xx or 3xx responses: (\d+)/.exec(output)?.[1]
  const errors = /Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)/.exec(output)
  return {
    requests: Number(requests),
    seconds: Number(time) * (secondsPerUnit[unit] ?? 1),
    refused: Number(refused ?? 0),
    socketErrors: (errors ?? []).slice(1).reduce((sum, count) => sum + Number(count), 0),
  }
}

const secondsPerUnit: Readonly<Record<string, number>> = { ms: 0.001, s: 1, m: 60, h: 3600 }
