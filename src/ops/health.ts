/**
 * Live and ready. Live says that the event loop turns and nothing else: neither Cognito nor the upstream being down may
 * make an orchestrator restart the gate and lose its keys.
 */
import type { KeyStatus } from '../tokens/pool-keys.ts'

export interface Readiness {
  readonly ready: boolean
  readonly draining: boolean
  readonly pools: readonly KeyStatus[]
}

/** Ready once every user pool has usable keys, and until the drain begins. */
export function readiness(pools: readonly KeyStatus[], draining: boolean): Readiness {
  return { ready: !draining && pools.every((pool) => pool.ready), draining, pools }
}
