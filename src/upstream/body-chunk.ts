/**
 * Chunks of bodies: which are small, and the memory of the others, handed back once they are written. Left to the collector,
 * the chunks of one fast stream pile up to some 64 MiB before it runs: the sockets' buffers lie outside the heap it watches.
 * Memory that anybody else may look at is never touched.
 */

/** Up to here a chunk is written as Latin-1 text: in one write with what goes before it, and its memory is the heap's. */
export const smallChunkBytes = 16 * 1024

/**
 * A callback for the write of this chunk, or none where the memory is shared. Nobody may look at the chunk after the
 * write; a chunk that is only part of its buffer is left alone, because the rest may still be read.
 */
export function releaseOnceWritten(chunk: Buffer): (() => void) | undefined {
  const { buffer, byteLength } = chunk
  const isOwn = buffer.byteLength === byteLength && buffer instanceof ArrayBuffer
  if (byteLength <= smallChunkBytes || !isOwn) return undefined
  return () => {
    if (!buffer.detached) buffer.transfer(0)
  }
}
