/** The least time of an answer, on a clock that the test moves. */
import t from 'tap'
import { atLeast } from '../../src/auth-api/least-time.ts'

function pace(minTimeMs: number) {
  const time = { ms: 1000 }
  const wait = async (ms: number) => {
    time.ms += ms
  }
  return { time, pace: { minTimeMs, elapsed: () => time.ms, wait } }
}

async function endOf(tookMs: number, minTimeMs = 400): Promise<number> {
  const { time, pace: with400 } = pace(minTimeMs)
  await atLeast(with400, async () => {
    time.ms += tookMs
  })
  return time.ms - 1000
}

t.test('answers take the least time, or a whole multiple of it', async (t) => {
  for (const [tookMs, endMs] of [
    [0, 400],
    [3, 400],
    [37, 400],
    [400, 400],
    [401, 800],
    [799, 800],
    [1500, 1600],
  ] as const) {
    t.equal(await endOf(tookMs), endMs, `${tookMs} ms of work`)
  }
})

t.test('an error takes as long as an answer', async (t) => {
  const { time, pace: with400 } = pace(400)
  const work = async () => {
    time.ms += 5
    throw new Error('no')
  }
  await t.rejects(atLeast(with400, work), /no/)
  t.equal(time.ms - 1000, 400)
})

t.test('0 is no least time', async (t) => {
  t.equal(await endOf(7, 0), 7)
})
