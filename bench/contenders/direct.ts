/**
 * The upstream itself: what the load costs without any gate. Verifies nothing.
 */

import type { World } from '../world.ts'
import type { Contender, Running, Variant } from './contender.ts'
import { upstreamOf } from './contender.ts'

export const direct: Contender = {
  name: 'direct',
  what: 'the upstream without a gate; its CPU is the upstream’s',
  gates: false,
  start,
}

function start(world: World, variant: Variant): Promise<Running> {
  const { url, pid } = upstreamOf(world, variant)
  return Promise.resolve({ kind: 'running', url, pid, version: '', startMs: 0, stop: () => Promise.resolve() })
}
