import t from 'tap'
import { Questions } from '../../../src/process/workers/questions.ts'
import { createTimers } from '../../helpers/timers.ts'

t.test('an answer is that of its question', async (t) => {
  const timers = createTimers()
  const questions = new Questions(timers.setTimer)
  const asked: number[] = []
  const first = questions.ask((id) => asked.push(id), 500)
  const second = questions.ask((id) => asked.push(id), 500)
  questions.answer(asked[1] ?? 0, 'two')
  questions.answer(asked[0] ?? 0, 'one')
  t.same(await Promise.all([first, second]), ['one', 'two'])
  t.equal(timers.waiting, 0, 'no timer is left behind')
})

t.test('a question is over when its time is, and a late answer goes nowhere', async (t) => {
  const timers = createTimers()
  const questions = new Questions(timers.setTimer)
  const asked: number[] = []
  const first = questions.ask((id) => asked.push(id), 500)
  timers.advance(499)
  t.equal(timers.waiting, 1)
  timers.advance(1)
  t.equal(await first, undefined)
  const second = questions.ask((id) => asked.push(id), 500)
  questions.answer(asked[0] ?? 0, 'late')
  questions.answer(asked[1] ?? 0, 'in time')
  t.equal(await second, 'in time')
})

t.test('all are over when nobody is left to answer', async (t) => {
  const timers = createTimers()
  const questions = new Questions(timers.setTimer)
  const open = [questions.ask(() => {}, 500), questions.ask(() => {}, 500)]
  questions.abandon()
  t.same(await Promise.all(open), [undefined, undefined])
  t.equal(timers.waiting, 0)
})
