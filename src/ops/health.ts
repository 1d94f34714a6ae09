/**
 * What /readyz answers, for one gate and for all workers together. Nothing of it may become part of /livez: an
 * orchestrator would restart the gate while Cognito or the upstream is down, and the gate would lose its keys.
 */
import type { KeyStatus } from '../tokens/keys/pool-keys.ts'

export interface Readiness {
  readonly ready: boolean
  readonly draining: boolean
  readonly pools: readonly KeyStatus[]
}

/** Ready once every user pool has usable keys, and until the drain begins. */
export function readiness(pools: readonly KeyStatus[], draining: boolean): Readiness {
  return { ready: !draining && pools.every((pool) => pool.ready), draining, pools }
}

export interface WorkerReadiness {
  readonly worker: number
  /** `silent`: it runs but did not answer in time. */
  readonly state: 'starting' | 'serving' | 'ended' | 'silent'
  readonly readiness: Readiness | undefined
}

export interface CrewReadiness {
  readonly ready: boolean
  readonly draining: boolean
  readonly workers: readonly (Partial<Readiness> &
    Pick<WorkerReadiness, 'worker' | 'state'> & { readonly ready: boolean })[]
}

/** Ready when every worker serves and is ready, and until the drain begins. */
export function crewReadiness(workers: readonly WorkerReadiness[], draining: boolean): CrewReadiness {
  const states = workers.map(({ worker, state, readiness: answer }) => ({
    worker,
    state: state === 'serving' && answer === undefined ? ('silent' as const) : state,
    ready: false,
    ...answer,
  }))
  return { ready: !draining && states.every(({ ready }) => ready), draining, workers: states }
}
