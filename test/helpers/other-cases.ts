/**
 * Case files that others wrote. They are no part of this repository: a suite runs over them where they lie beside the
 * checkout, and says what it skips where they do not. The differences that we judged are ours, by the id of the case.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'

/** The folder that holds the checkout. */
const outside = new URL('../../../', import.meta.url).pathname

/** The cases of each file, counted when its differences were judged. */
export const otherCaseCounts = {
  'gunicorn-requests.jsonl': 137,
  'wycheproof-jws.jsonl': 401,
  'wycheproof-jwk.jsonl': 26,
} as const

export type OtherCaseFile = keyof typeof otherCaseCounts

/** Undefined: the file is not there. */
function readOtherCases<Row>(file: OtherCaseFile): readonly Row[] | undefined {
  const place = placeOf(file)
  if (place === undefined) return undefined
  const lines = readFileSync(place, 'utf8').trim().split('\n')
  return lines.map((line) => JSON.parse(line) as Row)
}

/** In the folder `cases` of any folder beside the checkout. */
function placeOf(file: OtherCaseFile): string | undefined {
  const places = readdirSync(outside).map((neighbour) => join(outside, neighbour, 'cases', file))
  return places.find((place) => existsSync(place))
}

/** Runs `run` over the cases of a file, or says that the file is not there. */
export async function withOtherCases<Row>(
  t: Test,
  file: OtherCaseFile,
  run: (rows: readonly Row[]) => Promise<unknown>,
): Promise<void> {
  const rows = readOtherCases<Row>(file)
  if (rows === undefined) {
    t.pass(`not run: the ${otherCaseCounts[file]} cases of ${file} do not lie beside this checkout`)
    return
  }
  t.comment(`${rows.length} cases of ${file}, beside this checkout`)
  t.equal(rows.length, otherCaseCounts[file], 'as many as were judged')
  await run(rows)
}
