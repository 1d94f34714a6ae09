/**
 * The lines of one turn of the event loop, handed to pino's stream as one text: SonicBoom measures all it holds again at
 * each write. A flush, at once or not, must leave none of them out.
 */
export interface LineStream {
  /** Characters from which on it begins to write by itself. */
  minLength?: number | undefined
  write(lines: string): boolean
  flush(done?: (error?: Error) => void): void
  flushSync(): void
}

/** As much as SonicBoom gathers itself. */
const maxGatheredChars = 16 * 1024

/** Changes the stream itself: pino flushes the one it knows when the process ends. */
export function gatherLines(stream: LineStream): void {
  const write = stream.write.bind(stream)
  const flush = stream.flush.bind(stream)
  const flushSync = stream.flushSync.bind(stream)
  let gathered = ''
  const handOver = (): void => {
    const lines = gathered
    gathered = ''
    if (lines !== '') write(lines)
  }
  stream.write = (line) => {
    if (gathered === '') setImmediate(handOver)
    gathered += line
    if (gathered.length >= maxGatheredChars) handOver()
    return true
  }
  stream.flush = (done) => {
    handOver()
    flush(done)
  }
  stream.flushSync = () => {
    const { minLength } = stream
    // A write that it began by itself would go on beside this one, and be lost with the process.
    stream.minLength = Number.POSITIVE_INFINITY
    handOver()
    stream.minLength = minLength
    flushSync()
  }
}
