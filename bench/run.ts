/**
 * `npm run bench`: CPU per request of the real gate process, beside the same load straight to the upstream. Compare
 * ratios of one run; absolute figures belong to the machine.
 */
import type { ChildProcess } from 'node:child_process'
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import autocannon from 'autocannon'
import { startIssuer } from '../src/issuer/server.ts'

interface Contender {
  readonly name: string
  readonly url: string
  readonly tokens: readonly string[]
  /** The process whose CPU time counts. */
  readonly pid: number
}

interface Round {
  readonly cpuMicros: number
  readonly rps: number
  readonly p99Ms: number
  readonly bad: number
}

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '4' },
    connections: { type: 'string', default: '64' },
    tokens: { type: 'string', default: '1000' },
  },
})
const ticksPerSecond = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }))

/** User and system time so far, in microseconds. */
function cpuMicrosOf(pid: number): number {
  const afterName = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1] ?? ''
  const fields = afterName.split(' ')
  return ((Number(fields[11]) + Number(fields[12])) / ticksPerSecond) * 1e6
}

async function firstLine(child: ChildProcess, matches: (line: string) => boolean): Promise<string> {
  if (child.stdout === null) throw new Error('the process has no output')
  for await (const line of createInterface({ input: child.stdout })) if (matches(line)) return line
  throw new Error('the process ended before it was ready')
}

async function measure({ url, tokens, pid }: Contender): Promise<Round> {
  const requests = tokens.map((token) => ({ headers: { authorization: `Bearer ${token}` } }))
  const before = cpuMicrosOf(pid)
  const result = await autocannon({
    url,
    connections: Number(values.connections),
    duration: Number(values.seconds),
    ...(requests.length > 0 && { requests }),
  })
  const total = result.requests.total
  return {
    cpuMicros: (cpuMicrosOf(pid) - before) / total,
    rps: result.requests.average,
    p99Ms: result.latency.p99,
    bad: result.non2xx + result.errors,
  }
}

function median(figures: readonly number[]): number {
  return figures.toSorted((a, b) => a - b)[Math.floor(figures.length / 2)] ?? Number.NaN
}

function report(rounds: ReadonlyMap<string, readonly Round[]>): void {
  console.log(
    '| contender | CPU µs/request (median, min to max) | requests/s | p99 ms | not 2xx |\n|---|---|---|---|---|',
  )
  for (const [name, own] of rounds) {
    const cpu = own.map((round) => round.cpuMicros)
    const spread = `${median(cpu).toFixed(1)} (${Math.min(...cpu).toFixed(1)} to ${Math.max(...cpu).toFixed(1)})`
    const bad = own.reduce((sum, round) => sum + round.bad, 0)
    const rps = Math.round(median(own.map((round) => round.rps)))
    console.log(`| ${name} | ${spread} | ${rps} | ${median(own.map((round) => round.p99Ms))} | ${bad} |`)
  }
}

const issuer = await startIssuer()
const upstream = spawn(process.execPath, ['bench/upstream.ts'], { stdio: ['ignore', 'pipe', 'inherit'] })
const upstreamUrl = `http://127.0.0.1:${await firstLine(upstream, () => true)}`
const gate = spawn(process.execPath, ['src/main.ts', 'start'], {
  stdio: ['ignore', 'pipe', 'inherit'],
  env: {
    ...process.env,
    COGATE_USER_POOL_ID: issuer.poolId,
    COGATE_CLIENT_ID: issuer.clientId,
    COGATE_USER_POOL_ISSUER: issuer.issuer,
    COGATE_UPSTREAM: upstreamUrl,
    COGATE_LISTEN: '127.0.0.1:0',
    COGATE_OPS_LISTEN: '127.0.0.1:0',
    COGATE_LOG_ACCESS: 'false',
    COGATE_ROUTES: '[{"path":"/public","auth":"none"}]',
  },
})
const { listen } = JSON.parse(await firstLine(gate, (line) => line.includes('"listening"'))) as { listen: string }
const tokens = Array.from({ length: Number(values.tokens) }, (_, n) =>
  issuer.mintAccessToken({ username: `user-${n}` }),
)
const pid = gate.pid ?? 0
const contenders: readonly Contender[] = [
  { name: 'direct (the upstream itself)', url: `${upstreamUrl}/x`, tokens: [], pid: upstream.pid ?? 0 },
  { name: 'cogate, public route', url: `${listen}/public`, tokens: [], pid },
  { name: `cogate, ${tokens.length} tokens`, url: `${listen}/x`, tokens, pid },
]
const rounds = new Map<string, Round[]>(contenders.map(({ name }) => [name, []]))
for (const contender of contenders) await measure(contender)
for (let round = 0; round < Number(values.rounds); round++) {
  for (const contender of contenders) rounds.get(contender.name)?.push(await measure(contender))
}
report(rounds)
for (const child of [gate, upstream]) {
  child.kill('SIGKILL')
  await once(child, 'exit')
}
await issuer.close()
