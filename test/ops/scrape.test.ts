import { Registry } from '@prometheus-io/client'
import t from 'tap'
import { createScrape } from '../../src/ops/scrape.ts'

t.test('opens one registry for all who ask, whatever they ask for', async (t) => {
  let loads = 0
  const scrape = createScrape(async () => {
    loads++
    return new Registry()
  })
  t.equal(loads, 0, 'none before')
  const [opened, page, samples] = await Promise.all([scrape.open(), scrape.page(), scrape.samples()])
  t.same([page.text.trim(), samples], ['', []])
  t.equal(page.contentType, Registry.PROMETHEUS_CONTENT_TYPE)
  t.equal(await scrape.open(), opened)
  t.equal(loads, 1)
})

t.test('a registry that could not be opened is opened by the next who asks', async (t) => {
  const outcomes = [Promise.reject(new Error('EMFILE')), Promise.resolve(new Registry())]
  const scrape = createScrape(() => outcomes.shift() ?? Promise.reject(new Error('a third time')))
  await t.rejects(Promise.all([scrape.open(), scrape.page()]), { message: 'EMFILE' })
  t.same(await scrape.samples(), [])
})
