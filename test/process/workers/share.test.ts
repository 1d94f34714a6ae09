import t from 'tap'
import { countWorkers, shareLimits } from '../../../src/process/workers/share.ts'
import { createConfig } from '../../helpers/runtime.ts'

t.test('auto is one worker for each processor, up to 64', async (t) => {
  t.equal(countWorkers(createConfig({ workers: 'auto' }), 3), 3)
  t.equal(countWorkers(createConfig({ workers: 'auto' }), 1), 1)
  t.equal(countWorkers(createConfig({ workers: 'auto' }), 128), 64)
})

t.test('a number is taken as it is, whatever the machine has', async (t) => {
  t.equal(countWorkers(createConfig({ workers: 5 }), 2), 5)
})

t.test('limits that are counted for all are shared, never beyond what was configured', async (t) => {
  const config = createConfig({})
  const limited = { ...config, limits: { ...config.limits, connections: 10 } }
  const share = shareLimits({ ...limited, upstream: { ...config.upstream, maxConnections: 256, maxWaiting: 7 } }, 3)
  t.equal(share.upstream.maxConnections, 85)
  t.equal(share.upstream.maxWaiting, 2)
  t.equal(share.limits.connections, 3)
})

t.test('each worker may open one connection at least', async (t) => {
  const config = createConfig({})
  const share = shareLimits({ ...config, upstream: { ...config.upstream, maxConnections: 2, maxWaiting: 0 } }, 4)
  t.equal(share.upstream.maxConnections, 1)
  t.equal(share.upstream.maxWaiting, 0, 'where nobody may wait, nobody may in a worker')
})

t.test('what has no limit stays without one', async (t) => {
  t.notOk('connections' in shareLimits(createConfig({}), 4).limits)
})
