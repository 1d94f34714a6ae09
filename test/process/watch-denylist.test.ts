/** What becomes of the list while somebody writes over its file: nobody is let back in by a moment without a line. */
import { mkdtempSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { createLogger } from '../../src/ops/log.ts'
import { watchDenylist } from '../../src/process/watch-denylist.ts'
import { Denylist } from '../../src/tokens/revocation/denylist.ts'
import { parseDenylist } from '../../src/tokens/revocation/entries.ts'
import { createTimers } from '../helpers/timers.ts'

const alice = '{"username":"alice"}\n'

function watchList(t: Test, text: string) {
  const folder = mkdtempSync(join(tmpdir(), 'cogate-revoked-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  const file = join(folder, 'revoked.jsonl')
  writeFileSync(file, text)
  const denylist = new Denylist()
  denylist.replace('file', parseDenylist(text))
  const timers = createTimers()
  const reads: number[] = []
  const waiters = new Set<() => void>()
  const tell = (): void => {
    for (const wake of waiters) wake()
  }
  const log = createLogger(
    { level: 'info' },
    {
      write(line: string) {
        reads.push(JSON.parse(line).entries)
        tell()
      },
    },
  )
  const setTimer: typeof timers.setTimer = (run, delayMs) => {
    const cancel = timers.setTimer(run, delayMs)
    tell()
    return cancel
  }
  t.teardown(watchDenylist({ denylist, file, log, setTimer }))
  const until = async (isSo: () => boolean): Promise<void> => {
    while (!isSo()) {
      const { promise, resolve } = Promise.withResolvers<void>()
      waiters.add(resolve)
      await promise
      waiters.delete(resolve)
    }
  }
  return { file, denylist, timers, reads, until }
}

t.test('a file that is emptied says nothing before a second is over', async (t) => {
  const { file, denylist, timers, reads, until } = watchList(t, alice)
  truncateSync(file)
  await until(() => timers.waiting > 0)
  t.same([denylist.size, reads], [1, []], 'the list before is in use')
  timers.advance(999)
  t.equal(denylist.size, 1)
  timers.advance(1)
  t.same([denylist.size, reads.at(-1)], [0, 0], 'then an empty file is an empty list')
})

t.test('what is written into an emptied file counts at once', async (t) => {
  const { file, denylist, timers, reads, until } = watchList(t, alice)
  truncateSync(file)
  await until(() => timers.waiting > 0)
  writeFileSync(file, `${alice}{"username":"bob"}\n`, { flag: 'r+' })
  await until(() => reads.includes(2))
  t.same([denylist.size, timers.waiting, reads.includes(0)], [2, 0, false])
})

t.test('an empty file that is put in the place of the other is an empty list', async (t) => {
  const { file, denylist, reads, until } = watchList(t, alice)
  writeFileSync(`${file}.new`, '')
  renameSync(`${file}.new`, file)
  await until(() => reads.includes(0))
  t.equal(denylist.size, 0)
})

t.test('a file that is gone leaves the list before in use', async (t) => {
  const { file, denylist, reads, until } = watchList(t, alice)
  rmSync(file)
  await until(() => reads.length > 0)
  t.equal(denylist.size, 1)
})
