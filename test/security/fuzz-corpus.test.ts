/**
 * Attack: everything the fuzzers have ever found worth keeping, once more. A green run proves that no kept case breaks what
 * its fuzzer promises, and that each still ends as it did.
 */
import t from 'tap'
import type { Fuzzer } from '../fuzz/fuzzer.ts'
import { fuzzers } from '../fuzz/fuzzers.ts'
import { type KeptCase, readCorpus, readFailures } from '../fuzz/kept-cases.ts'

for (const fuzzer of fuzzers) {
  const kept = readCorpus(fuzzer.name)
  t.test(`${fuzzer.name}: ${kept.length} kept cases end as they did`, async (t) => {
    t.ok(kept.length > 0, 'there are some')
    t.same(await endings(fuzzer, kept), kept.map(expectedEnding(fuzzer)))
  })
}

async function endings(fuzzer: Fuzzer, kept: readonly KeptCase[]): Promise<readonly string[]> {
  const outcomes = await fuzzer.replay(kept.map((each) => each.case))
  return fuzzer.isRacy ? outcomes.map((outcome) => (outcome.startsWith('failed: ') ? outcome : 'good')) : outcomes
}

function expectedEnding({ isRacy }: Fuzzer): (kept: KeptCase) => string {
  return ({ outcome }) => (isRacy ? 'good' : outcome)
}

t.test('what a fuzzer found is mended', async (t) => {
  for (const failure of readFailures()) {
    const fuzzer = fuzzers.find(({ name }) => name === failure.fuzzer)
    const [outcome] = (await fuzzer?.replay([failure.case])) ?? ['failed: no such fuzzer']
    t.notMatch(outcome, /^failed: /, failure.problem)
  }
  t.pass('or nothing was found')
})
