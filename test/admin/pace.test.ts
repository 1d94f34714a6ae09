import t from 'tap'
import { createPace } from '../../src/admin/pace.ts'

t.test('calls begin no closer than the rate allows, and a slow call needs no pause', async (t) => {
  const clock = { at: 1000 }
  const waits: number[] = []
  const wait = async (ms: number) => {
    waits.push(ms)
    clock.at += ms
  }
  const paced = createPace(5, { now: () => clock.at, wait })
  const began: number[] = []
  const call = (takes: number) => async () => {
    began.push(clock.at)
    clock.at += takes
  }
  await paced(call(50))
  await paced(call(500))
  await paced(call(0))
  t.same(began, [1000, 1200, 1700])
  t.same(waits, [150])
})
