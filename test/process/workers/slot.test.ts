import t from 'tap'
import type { RunOrder } from '../../../src/process/workers/messages.ts'
import type { SlotEnd } from '../../../src/process/workers/slot.ts'
import { Slot } from '../../../src/process/workers/slot.ts'
import { createChildren } from '../../helpers/children.ts'
import { createConfig } from '../../helpers/runtime.ts'
import { createTimers } from '../../helpers/timers.ts'

const order: RunOrder = { kind: 'run', worker: 3, config: createConfig(), version: '1.0.0' }
const listening = { kind: 'listening', url: 'http://127.0.0.1:1' } as const
const readiness = { ready: true, draining: false, pools: [] }

function createSlot() {
  const children = createChildren()
  const timers = createTimers()
  const ends: SlotEnd[] = []
  const seen = { restarts: 0, urls: [] as string[] }
  const events = {
    restarting: () => {
      seen.restarts++
    },
    listening: (_slot: Slot, url: string) => seen.urls.push(url),
    ended: (_slot: Slot, end: SlotEnd) => ends.push(end),
  }
  const slot = new Slot({ order, fork: children.fork, events, now: timers.now, setTimer: timers.setTimer })
  slot.start()
  return { slot, children: children.all, timers, ends, seen }
}

t.test('a process gets its order when it asks for it, and serves from its word on', async (t) => {
  const { slot, children, seen } = createSlot()
  t.same(children[0]?.sent, [])
  children[0]?.says({ kind: 'hello' })
  t.same(children[0]?.sent, [order])
  t.equal(slot.state, 'starting')
  children[0]?.says(listening)
  t.equal(slot.state, 'serving')
  t.same(seen.urls, [listening.url])
})

t.test('a process that ends is replaced at once, the next ones ever later', async (t) => {
  const { slot, children, timers, ends, seen } = createSlot()
  children[0]?.ends({ code: null, signal: 'SIGKILL' })
  t.match(ends, [{ code: null, signal: 'SIGKILL', pid: 1000, restartMs: 0 }])
  timers.advance(0)
  t.equal(children.length, 2)
  children[1]?.ends()
  timers.advance(999)
  t.equal(slot.state, 'ended')
  t.equal(children.length, 2)
  timers.advance(1)
  t.equal(children.length, 3)
  children[2]?.ends()
  t.equal(ends[2]?.restartMs, 2000)
  timers.advance(2000)
  t.equal(children.length, 4)
  timers.advance(60_000)
  children[3]?.ends()
  t.equal(ends[3]?.restartMs, 0, 'it had lived for a minute')
  timers.advance(0)
  t.equal(seen.restarts, 4)
  children[4]?.says({ kind: 'hello' })
  t.same(children[4]?.sent, [order], 'the same configuration')
})

t.test('what it failed with is told with its end, and not with the next one', async (t) => {
  const { children, timers, ends } = createSlot()
  const fault = { kind: 'fault', message: 'listen: no' } as const
  children[0]?.says({ kind: 'failed', fault })
  children[0]?.ends()
  timers.advance(0)
  children[1]?.ends()
  t.same(
    ends.map((end) => end.fault),
    [fault, undefined],
  )
})

t.test('after a drain the place stays empty', async (t) => {
  const { slot, children, timers, ends } = createSlot()
  children[0]?.says(listening)
  const drained = slot.drain()
  t.same(children[0]?.sent, [{ kind: 'drain' }])
  children[0]?.ends({ code: 0, signal: null })
  await drained
  t.match(ends, [{ code: 0, restartMs: undefined }])
  timers.advance(60_000)
  t.equal(children.length, 1)
})

t.test('a drain while it waits for a restart is over at once', async (t) => {
  const { slot, children, timers } = createSlot()
  children[0]?.ends()
  await slot.drain()
  timers.advance(60_000)
  t.equal(children.length, 1)
})

t.test('a process that is killed is not replaced', async (t) => {
  const { slot, children, timers } = createSlot()
  const killed = slot.kill()
  t.ok(children[0]?.isKilled)
  children[0]?.ends({ code: null, signal: 'SIGKILL' })
  await killed
  timers.advance(60_000)
  t.equal(children.length, 1)
})

t.test('a question is answered by a process that serves', async (t) => {
  const { slot, children } = createSlot()
  t.equal(await slot.ask('readiness', 500), undefined, 'it does not serve yet')
  children[0]?.says(listening)
  const asked = slot.ask('readiness', 500)
  t.match(children[0]?.sent, [{ kind: 'ask', id: 1, about: 'readiness' }])
  children[0]?.says({ kind: 'answer', id: 1, value: readiness })
  t.same(await asked, readiness)
})

t.test('a question is over when the process ends', async (t) => {
  const { slot, children, timers } = createSlot()
  children[0]?.says(listening)
  const asked = slot.ask('metrics', 500)
  children[0]?.ends()
  t.equal(await asked, undefined)
  t.equal(timers.waiting, 1, 'only the restart is left')
})

t.test(
  'a configuration that comes while a process starts is sent when it serves, and to every later process',
  async (t) => {
    const { slot, children, timers } = createSlot()
    const config = createConfig({ workers: 7 })
    children[0]?.says({ kind: 'hello' })
    t.equal(await slot.reload(config, 100), undefined)
    t.same(children[0]?.sent, [order])
    children[0]?.says(listening)
    t.match(children[0]?.sent[1], { kind: 'reload', config })
    children[0]?.ends()
    timers.advance(0)
    children[1]?.says({ kind: 'hello' })
    t.same(children[1]?.sent, [{ ...order, config }])
    children[1]?.says(listening)
    t.equal(children[1]?.sent.length, 1)
  },
)
