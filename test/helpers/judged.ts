/**
 * Third-party suites whose expectations are not all ours: every difference is listed in test/cases with a judgement, and
 * a test fails on one that is not, and on one that is listed and gone.
 */
import { readFileSync } from 'node:fs'
import type { Test } from 'tap'

export interface Judgement {
  /** What is seen. */
  readonly differs: string
  /** Why it is right, or harmless. */
  readonly because: string
  readonly cases: readonly string[]
}

export interface Difference {
  readonly id: string
  readonly differs: string
}

function readCaseFile(file: string): string {
  return readFileSync(new URL(`../cases/${file}`, import.meta.url), 'utf8')
}

export function readCaseLines<Row>(file: string): readonly Row[] {
  return readCaseFile(file)
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Row)
}

export function readJudgements(file: string): readonly Judgement[] {
  return JSON.parse(readCaseFile(file)) as readonly Judgement[]
}

export function checkJudged(t: Test, seen: readonly Difference[], judgements: readonly Judgement[]): void {
  const judged = judgements.flatMap(({ differs, cases }) => cases.map((id) => ({ id, differs })))
  t.same(toLines(seen), toLines(judged), 'every difference is judged, and no other')
}

function toLines(differences: readonly Difference[]): readonly string[] {
  return differences.map(({ id, differs }) => `${id}: ${differs}`).toSorted()
}
