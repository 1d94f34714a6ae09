/** Processes under measurement. */
import t from 'tap'
import { startPinned } from '../../bench/process.ts'
import { cpuMicrosOf, fdCountOf, rssBytesOf } from '../../bench/process-tree.ts'

/** A process whose child works for a moment, says so, and leaves when its parent has gone. */
const parent = `
const { spawn } = require('node:child_process')
const busy = 'const until = Date.now() + 100; while (Date.now() < until); console.log("ready"); process.stdin.resume()'
spawn(process.execPath, ['-e', busy], { stdio: ['pipe', 'inherit', 'inherit'] })`

t.test('CPU time, memory and descriptors of a child count', async (t) => {
  const started = await startPinned(process.execPath, ['-e', parent], { core: 0, readyLine: /^ready$/ })
  t.teardown(started.stop)
  const { user, system } = cpuMicrosOf(started.pid)
  t.ok(user + system >= 60_000, 'two starts of Node.js and a busy loop')
  t.ok(rssBytesOf(started.pid) > 60 * 2 ** 20, 'two heaps of Node.js')
  t.ok(fdCountOf(started.pid) > 10, 'descriptors of both')
  t.equal(started.ready, 'ready')
})

t.test('a process that ends before it is ready is an error with its last words', async (t) => {
  const args = ['-e', 'console.error("no such option"); process.exit(3)']
  await t.rejects(startPinned(process.execPath, args, { readyLine: /^ready$/ }), /ended with 3\nno such option/)
})

t.test('a program that is not there is an error', async (t) => {
  await t.rejects(startPinned('cogate-not-installed', []), /cogate-not-installed did not start/)
})

t.test('stop ends the process and may be called twice', async (t) => {
  const started = await startPinned(process.execPath, ['-e', 'setInterval(() => {}, 1000)'])
  await started.stop()
  await started.stop()
  t.ok(started.child.exitCode !== null || started.child.signalCode !== null)
  t.throws(() => cpuMicrosOf(started.pid), /has ended/)
})
