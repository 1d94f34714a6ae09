import t from 'tap'
import { PoolTicket, WaitingLine } from '../../src/upstream/ticket.ts'
import { createExchangeLog } from '../helpers/exchange-log.ts'
import { get } from '../helpers/upstream-pool.ts'

/** Three who came at 10, 20 and 30 ms. */
function createLine() {
  const line = new WaitingLine()
  const pool = { leave: (ticket: PoolTicket) => line.leave(ticket), renew() {} }
  const tickets = [10, 20, 30].map((since) => {
    const ticket = new PoolTicket(get, createExchangeLog(), pool)
    line.join(ticket, since)
    return ticket
  })
  return { line, tickets }
}

t.test('who came first is served first, and who left is not served', async (t) => {
  const { line, tickets } = createLine()
  t.equal(line.length, 3)
  tickets[1]?.abort()
  t.equal(line.length, 2)
  t.equal(line.next(), tickets[0])
  t.equal(line.next(), tickets[2])
  t.equal(line.next(), undefined)
})

t.test('who waits too long is taken out one by one, but for those that are spared', async (t) => {
  t.same([...createLine().line.takeOverdue(9, 0)], [])
  const { line, tickets } = createLine()
  const places = (taken: Iterable<PoolTicket>) => [...taken].map((ticket) => tickets.indexOf(ticket))
  t.same(places(line.takeOverdue(20, 1)), [1])
  t.equal(line.length, 2)
  for (const ticket of line.takeOverdue(30, 0)) {
    t.equal(ticket, tickets[0])
    break
  }
  t.equal(line.length, 1, 'whoever was not reached still waits')
  t.same(places(line.takeOverdue(30, 0)), [2])
})
