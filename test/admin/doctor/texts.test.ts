import t from 'tap'
import { fill, fillCommand, KINDS } from '../../../src/admin/doctor/findings.ts'
import { english } from '../../../src/admin/doctor/texts-en.ts'
import { japanese } from '../../../src/admin/doctor/texts-ja.ts'

t.test('both languages say the same about each finding, with the same words in it', async (t) => {
  for (const check of Object.keys(KINDS) as (keyof typeof KINDS)[]) {
    const [ours, theirs] = [english[check], japanese[check]]
    t.same(wordsOf(`${theirs.what} ${theirs.fix}`), wordsOf(`${ours.what} ${ours.fix}`), check)
    t.equal('fix' in theirs, 'fix' in ours, check)
  }
})

function wordsOf(text: string): readonly string[] {
  return [...text.matchAll(/\{\w+\}/g)].map(([word]) => word).toSorted()
}

t.test('what is to mend has something to do', async (t) => {
  for (const [check, { verdict }] of Object.entries(KINDS)) {
    if (verdict === 'failed') t.ok(english[check as keyof typeof KINDS].fix, check)
  }
})

t.test('a word that is missing is seen', async (t) => {
  t.equal(fill('{a} and {b}', { a: 'x' }), 'x and {b}')
})

t.test('a word of a command is one word of a shell, whatever is in it', async (t) => {
  const words = { pool: 'eu-west-1_AbCdEfGhI', group: "it's; rm -rf ~" }
  t.equal(
    fillCommand('aws --pool {pool} --group {group}', words),
    `aws --pool eu-west-1_AbCdEfGhI --group 'it'\\''s; rm -rf ~'`,
  )
})
