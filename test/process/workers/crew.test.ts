import { Writable } from 'node:stream'
import t, { type Test } from 'tap'
import { ConfigError } from '../../../src/errors.ts'
import { createWorkerMetrics } from '../../../src/ops/exposition/worker-metrics.ts'
import { createLogger } from '../../../src/ops/log.ts'
import { Crew } from '../../../src/process/workers/crew.ts'
import type { Fault, RunOrder } from '../../../src/process/workers/messages.ts'
import { createChildren } from '../../helpers/children.ts'
import { createConfig } from '../../helpers/runtime.ts'
import { createTimers } from '../../helpers/timers.ts'

const config = createConfig()
const listening = { kind: 'listening', url: 'http://127.0.0.1:1' } as const

function createCrew(workers = 2) {
  const children = createChildren()
  const timers = createTimers()
  const lines: object[] = []
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      lines.push(JSON.parse(chunk.toString()))
      done()
    },
  })
  const orders = Array.from({ length: workers }, (_, index): RunOrder => {
    return { kind: 'run', worker: index + 1, config, version: '1.0.0' }
  })
  const ended: number[] = []
  const metrics = createWorkerMetrics({
    countServing: () => crew.serving,
    lastReload: () => ({ isGood: true, goodAt: 0 }),
    activity: () => [],
  })
  const crew: Crew = new Crew({
    orders,
    fork: children.fork,
    log: createLogger({ ...config.log, level: 'info' }, stream),
    metrics,
    now: timers.now,
    setTimer: timers.setTimer,
    onEnded: (worker) => ended.push(worker),
  })
  return { crew, children: children.all, timers, lines, ended, registry: metrics.registry }
}

/** A crew whose workers all listen. */
async function startCrew(t: Test, workers?: number) {
  const world = createCrew(workers)
  const started = world.crew.start()
  for (const child of world.children) child.says(listening)
  t.equal(await started, listening.url)
  return world
}

t.test('the start is over when the last one listens', async (t) => {
  const { crew, children, lines } = createCrew(3)
  const seen: string[] = []
  const started = crew.start().then((url) => seen.push(url))
  children[2]?.says(listening)
  children[0]?.says(listening)
  await Promise.resolve()
  t.same(seen, [])
  children[1]?.says(listening)
  await started
  t.same(seen, [listening.url])
  t.match(lines, [
    { msg: 'worker started', worker: 3, pid: 1002 },
    { msg: 'worker started', worker: 1, pid: 1000 },
    { msg: 'worker started', worker: 2, pid: 1001 },
  ])
})

t.test('a start that fails ends all, and rejects with the words of the first', async (t) => {
  const { crew, children, timers, lines } = createCrew()
  const started = crew.start()
  children[0]?.says(listening)
  const issue = { key: 'routes[1]', source: 'file', found: 'a', expected: 'b', fix: 'c' }
  children[1]?.says({ kind: 'failed', fault: { kind: 'config', issues: [issue] } })
  children[1]?.ends()
  t.ok(children[0]?.isKilled)
  children[0]?.ends({ code: null, signal: 'SIGKILL' })
  await t.rejects(started, new ConfigError([issue]))
  timers.advance(60_000)
  t.equal(children.length, 2, 'none is started again')
  t.match(lines, [{ msg: 'worker started' }])
  t.equal(lines.length, 1, 'the error is all there is to say')
})

t.test('a start that fails without a word says how it ended', async (t) => {
  const { crew, children } = createCrew(1)
  const started = crew.start()
  children[0]?.ends({ code: null, signal: 'SIGSEGV' })
  await t.rejects(started, { name: 'FaultError', message: 'worker 1 ended with SIGSEGV before all were listening' })
})

t.test('ends and restarts are logged and counted, held back ones too', async (t) => {
  const { crew, children, timers, lines, ended, registry } = await startCrew(t)
  const values = async () => {
    const names = ['cogate_workers', 'cogate_worker_restarts_total', 'cogate_worker_restarts_denied_total']
    const text = await registry.metrics()
    return names.map((name) => Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(text)?.[1]))
  }
  children[1]?.ends({ code: null, signal: 'SIGKILL' })
  t.equal(crew.serving, 1)
  t.same(await values(), [1, 0, 0])
  timers.advance(0)
  t.same(await values(), [1, 1, 0], 'it does not serve yet')
  const fault = { kind: 'fault', message: 'listen: no' } as const
  children[2]?.says({ kind: 'failed', fault })
  children[2]?.ends()
  t.same(await values(), [1, 1, 1])
  timers.advance(1000)
  children[3]?.says(listening)
  t.same(await values(), [2, 2, 1])
  t.same(ended, [2, 2])
  t.match(lines.slice(2), [
    { level: 'warn', msg: 'worker ended', worker: 2, pid: 1001, code: null, signal: 'SIGKILL', restartMs: 0 },
    { level: 'warn', msg: 'worker ended', worker: 2, pid: 1002, code: 1, detail: 'listen: no', restartMs: 1000 },
    { level: 'info', msg: 'worker started', worker: 2, pid: 1003 },
  ])
})

t.test('a drain is over when all have ended', async (t) => {
  const { crew, children, timers, lines } = await startCrew(t)
  const drained = crew.drain(30_000)
  t.same(
    children.map(({ sent }) => sent.at(-1)),
    [{ kind: 'drain' }, { kind: 'drain' }],
  )
  for (const child of children) child.ends({ code: 0, signal: null })
  await drained
  t.equal(timers.waiting, 0)
  t.match(lines.slice(2), [
    { level: 'info', msg: 'worker ended', worker: 1, code: 0 },
    { level: 'info', msg: 'worker ended', worker: 2, code: 0 },
  ])
})

t.test('a worker that hangs is killed when the drain should be over', async (t) => {
  const { crew, children, timers } = await startCrew(t)
  const drained = crew.drain(30_000)
  children[0]?.ends({ code: 0, signal: null })
  timers.advance(29_999)
  t.notOk(children[1]?.isKilled)
  timers.advance(1)
  t.ok(children[1]?.isKilled)
  children[1]?.ends({ code: null, signal: 'SIGKILL' })
  await drained
})

t.test('where one worker cannot use a configuration, all keep the one before', async (t) => {
  const { crew, children } = await startCrew(t)
  const next = createConfig({ workers: 7 })
  const answer = (worker: number, fault?: Fault) => {
    const last = children[worker]?.sent.at(-1)
    children[worker]?.says({ kind: 'answer', id: last && 'id' in last ? last.id : 0, value: { fault } })
  }
  const reload = crew.reload(next, config)
  t.match(
    children.map(({ sent }) => sent.at(-1)),
    [
      { kind: 'reload', config: next },
      { kind: 'reload', config: next },
    ],
  )
  answer(0)
  answer(1, { kind: 'fault', message: 'no such file' })
  const rejected = t.rejects(reload, { message: 'no such file' })
  await new Promise(setImmediate)
  t.match(
    children.map(({ sent }) => sent.at(-1)),
    [
      { kind: 'reload', config },
      { kind: 'reload', config },
    ],
  )
  answer(0)
  answer(1)
  await rejected
})

t.test('a worker that does not answer is named', async (t) => {
  const { crew, children, timers } = await startCrew(t, 1)
  const rejected = t.rejects(crew.reload(createConfig({ workers: 7 }), config), { message: 'worker 1 did not answer' })
  timers.advance(60_000)
  await new Promise(setImmediate)
  t.match(children[0]?.sent.at(-1), { kind: 'reload', config })
  timers.advance(60_000)
  await rejected
})
