/**
 * What a fuzzer is: how its cases are made, and what must hold for each of them. A case is plain JSON data, so that it can
 * be kept in a file and replayed for ever.
 */
import fc from 'fast-check'

export interface Session<Case> {
  /** Throws what is wrong; returns in a word how the case ended, which a replay must see again. */
  check(candidate: Case): string | Promise<string>
  close?(): Promise<void>
}

export interface FuzzerDefinition<Case> {
  readonly name: string
  readonly cases: fc.Arbitrary<Case>
  /** How a case ends may depend on which of two connections is quicker: a replay asks only that nothing is wrong. */
  readonly isRacy?: true
  /** Everything a check needs; cases of one session follow each other. */
  open(): Session<Case> | Promise<Session<Case>>
}

/** Told of every case that was checked. */
export type Watch = (candidate: unknown, outcome: string) => void

export interface Batch {
  readonly seed: number
  readonly cases: number
  /** Cases after that count as good without having been looked at. */
  readonly isOver: () => boolean
  readonly watch: Watch
}

export interface Failure {
  /** The smallest case found. */
  readonly case: unknown
  readonly problem: string
}

export interface Fuzzer {
  readonly name: string
  readonly isRacy: boolean
  /** Undefined: every case was as it must be. */
  run(batch: Batch): Promise<Failure | undefined>
  /** In one session; the outcome of each case, or `failed: ` and the problem. */
  replay(candidates: readonly unknown[]): Promise<readonly string[]>
}

export function defineFuzzer<Case>(definition: FuzzerDefinition<Case>): Fuzzer {
  return {
    name: definition.name,
    isRacy: definition.isRacy ?? false,
    run: (batch) => runBatch(definition, batch),
    replay: (candidates) => withSession(definition, (session) => replayAll(session, candidates as readonly Case[])),
  }
}

async function runBatch<Case>(definition: FuzzerDefinition<Case>, batch: Batch): Promise<Failure | undefined> {
  return withSession(definition, async (session) => {
    const property = fc.asyncProperty(definition.cases, async (candidate) => {
      if (batch.isOver()) return
      batch.watch(candidate, await session.check(candidate))
    })
    const { failed, counterexample, errorInstance } = await fc.check(property, {
      seed: batch.seed,
      numRuns: batch.cases,
    })
    return failed && counterexample ? { case: counterexample[0], problem: textOf(errorInstance) } : undefined
  })
}

async function replayAll<Case>(session: Session<Case>, candidates: readonly Case[]): Promise<readonly string[]> {
  const outcomes: string[] = []
  for (const candidate of candidates) {
    try {
      outcomes.push(await session.check(candidate))
    } catch (error) {
      outcomes.push(`failed: ${textOf(error)}`)
    }
  }
  return outcomes
}

async function withSession<Case, Result>(
  { open }: FuzzerDefinition<Case>,
  use: (session: Session<Case>) => Promise<Result>,
): Promise<Result> {
  const session = await open()
  try {
    return await use(session)
  } finally {
    await session.close?.()
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
