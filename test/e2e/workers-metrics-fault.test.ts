/** Workers that cannot load what shows their metrics: their callers do not notice, and the scrape says what it misses. */
import t from 'tap'
import { connectToEach, spawnCrew, sumOf } from '../helpers/crew.ts'
import { preload } from '../helpers/preload.ts'

const failing = preload(`
import { registerHooks } from 'node:module'
registerHooks({
  load(url, context, next) {
    if (url.endsWith('/ops/exposition/registry.ts')) throw new Error('EMFILE: too many open files')
    return next(url, context)
  },
})`)

t.test('a worker whose metrics cannot be loaded serves on, and the scrape counts it as missed', async (t) => {
  const crew = await spawnCrew(t, { env: failing })
  const text = await crew.metrics()
  t.equal(sumOf(text, 'cogate_workers'), 2)
  t.equal(sumOf(text, 'cogate_worker_scrapes_missed_total'), 2)
  await crew.loggedTimes('no answer for the primary', 2, { level: 'warn' })
  t.equal(sumOf(await crew.metrics(), 'cogate_worker_restarts_total'), 0)
  await connectToEach(t, crew, 2)
})
