/**
 * The lines of one turn of the event loop, handed to their stream as one: it measures all it holds again at each write.
 * A flush loses none of them.
 */
export interface LineStream {
  write(lines: string): boolean
  flush(done?: (error?: Error) => void): void
  flushSync(): void
}

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
    return true
  }
  stream.flush = (done) => {
    handOver()
    flush(done)
  }
  stream.flushSync = () => {
    handOver()
    flushSync()
  }
}
