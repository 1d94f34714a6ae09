/** Whether the event loop of this process stood still: on a busy machine a limit of the gate may pass while nobody could answer. */
const lookMs = 50
const longMs = 400
const rememberedMs = 10_000

let lookedAt = performance.now()
let stoodStillAt = Number.NEGATIVE_INFINITY

setInterval(look, lookMs).unref()

function look(): void {
  const now = performance.now()
  if (now - lookedAt > longMs) stoodStillAt = now
  lookedAt = now
}

/** In the last ten seconds. */
export function stoodStill(): boolean {
  look()
  return performance.now() - stoodStillAt < rememberedMs
}
