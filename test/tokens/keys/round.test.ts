import t from 'tap'
import type { KeyRoundOptions, SourceState } from '../../../src/tokens/keys/round.ts'
import { KeyRound } from '../../../src/tokens/keys/round.ts'
import { uriSource } from '../../../src/tokens/keys/source.ts'
import { keySetBytes, makePublishedKey } from '../../helpers/key-sets.ts'

const k1 = makePublishedKey('k1')
const start = 1_800_000_000_000

function createSource(uri: string, read: () => Promise<Uint8Array>): SourceState {
  return { source: uriSource(uri, read), good: undefined, rejected: '' }
}

function createRound(change: Partial<KeyRoundOptions> = {}) {
  const events: string[] = []
  const round = new KeyRound({
    startedAt: start,
    isBackground: true,
    isIncomplete: () => false,
    report: (kind, detail) => events.push(`${kind} ${detail}`),
    onGoodSet: () => events.push('good set'),
    onOver: (over) => events.push(`over ${over.isGood}`),
    ...change,
  })
  return { round, events }
}

t.test('hands on a good set before it reports it, and is over after the last source', async (t) => {
  const { round, events } = createRound()
  const source = createSource('https://keys.example/a', async () => keySetBytes(k1))
  t.equal(round.isOver, false)
  await round.run([source])
  t.strictSame(events, ['good set', 'fetched keys.example/a', 'over true'])
  t.match(source.good, { fetchedAt: start, keys: [{ kid: 'k1' }] })
  t.match(round, { isGood: true, isOver: true, startedAt: start, error: undefined })
})

t.test('keeps the last good set of a source that fails, and says why', async (t) => {
  const { round, events } = createRound()
  const source = createSource('https://keys.example/a', () => Promise.reject(new Error('no route')))
  const good = { keys: [], fetchedAt: 1 }
  source.good = good
  await round.run([source])
  t.equal(source.good, good)
  t.match(round, { isGood: false, isOver: true, error: 'keys.example/a: no route' })
  t.strictSame(events, ['fetch_failed keys.example/a: no route', 'over false'])
})

t.test('blames the most preferred source that failed', async (t) => {
  const { round } = createRound()
  const fail = (message: string) => () => Promise.reject(new Error(message))
  await round.run([
    createSource('https://keys.example/a', fail('first')),
    createSource('https://keys.example/b', fail('second')),
  ])
  t.equal(round.error, 'keys.example/a: first')
})

t.test('tells of a defect once while it stands, and again after it was gone', async (t) => {
  const defects: string[] = []
  const report: KeyRoundOptions['report'] = (kind, detail) => {
    if (kind === 'key_rejected') defects.push(detail)
  }
  const answers = [keySetBytes(k1, {}), keySetBytes(k1, {}), keySetBytes(k1), keySetBytes(k1, {})]
  const source = createSource('https://keys.example/a', async () => answers.shift() ?? keySetBytes())
  for (let count = 0; count < 4; count++) await createRound({ report }).round.run([source])
  t.strictSame(defects, Array(2).fill('keys.example/a: key without kid: kty is not RSA'))
})

t.test('lets whoever awaits a step continue after the round has drawn its conclusions', async (t) => {
  const { round, events } = createRound()
  void round.run([createSource('https://keys.example/a', async () => keySetBytes(k1))])
  await round.step
  t.equal(round.isOver, true)
  t.equal(events.at(-1), 'over true')
})
