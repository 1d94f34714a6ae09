/**
 * Live and ready. Live says that the event loop turns and nothing else: neither Cognito nor the upstream being down may
 * make an orchestrator restart the gate and lose its keys.
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
  /** `silent`: it runs and did not answer. */
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
