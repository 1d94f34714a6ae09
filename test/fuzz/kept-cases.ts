/**
 * Cases on disk: the corpus, one line a case with the outcome it must have for ever, and failures, one file each until
 * they are mended and move to the corpus.
 */
import { createHash } from 'node:crypto'
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import type { Failure } from './fuzzer.ts'

export interface KeptCase {
  readonly outcome: string
  readonly case: unknown
}

export interface KeptFailure extends Failure {
  readonly fuzzer: string
}

const corpus = new URL('corpus/', import.meta.url)
const failures = new URL('failures/', import.meta.url)

export function readCorpus(fuzzer: string): readonly KeptCase[] {
  const file = new URL(`${fuzzer}.jsonl`, corpus)
  if (!existsSync(file)) return []
  const lines = readFileSync(file, 'utf8').trim().split('\n')
  return lines.map((line) => JSON.parse(line) as KeptCase)
}

export function addToCorpus(fuzzer: string, kept: KeptCase): void {
  mkdirSync(corpus, { recursive: true })
  appendFileSync(new URL(`${fuzzer}.jsonl`, corpus), `${JSON.stringify(kept)}\n`)
}

export function readFailures(): readonly KeptFailure[] {
  if (!existsSync(failures)) return []
  const files = readdirSync(failures).filter((file) => file.endsWith('.json'))
  return files.map((file) => readFailure(new URL(file, failures)))
}

export function readFailure(file: string | URL): KeptFailure {
  return JSON.parse(readFileSync(file, 'utf8')) as KeptFailure
}

/** Returns the path of the file, from the root of the repository. */
export function writeFailure(failure: KeptFailure): string {
  const text = `${JSON.stringify(failure, null, 2)}\n`
  const name = `${failure.fuzzer}-${createHash('sha256').update(text).digest('hex').slice(0, 8)}.json`
  mkdirSync(failures, { recursive: true })
  writeFileSync(new URL(name, failures), text)
  return `test/fuzz/failures/${name}`
}
