/**
 * What a scenario is, and what it is run with. Names no scenario and no contender.
 */
import type { Variant } from '../contenders/contender.ts'
import type { LoadTool } from '../load/job.ts'
import type { Result } from '../report/result.ts'
import type { World } from '../world.ts'

export interface Settings {
  readonly rounds: number
  readonly seconds: number
  readonly warmUpSeconds: number
  readonly load: LoadTool['name']
  readonly quick: boolean
  /** Undefined: all. */
  readonly peers: readonly string[] | undefined
}

export interface Bench {
  readonly world: World
  readonly settings: Settings
  /** Progress, for a human; the report goes elsewhere. */
  say(line: string): void
}

export interface Scenario {
  readonly name: string
  readonly title: string
  /** Part of `--quick`. */
  readonly quick: boolean
  run(bench: Bench, scenario: Scenario): Promise<Result>
}

/** One row of the table: a contender, as this scenario wants it. */
export interface Case {
  readonly label: string
  readonly contender: string
  readonly variant?: Variant
  readonly x?: number
}
