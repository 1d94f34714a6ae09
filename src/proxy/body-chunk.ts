/**
 * How chunks of bodies are written: small ones as text, the memory of large ones handed back. Left to the collector, the
 * chunks of one fast stream pile up to some 64 MiB before it runs: the sockets' buffers lie outside the heap it watches.
 */

/** Bytes. As Latin-1 text a chunk leaves in one write with what goes before it, and its memory is the heap's. */
export const longestText = 16 * 1024

/**
 * A callback for the write of this chunk, or none where the memory is shared. Nobody may look at the chunk after the
 * write; a chunk that is only part of its buffer is left alone, because the rest may still be read.
 */
export function releaseOnceWritten(chunk: Buffer): (() => void) | undefined {
  const { buffer, byteLength } = chunk
  if (byteLength <= longestText || buffer.byteLength !== byteLength || !(buffer instanceof ArrayBuffer))
    return undefined
  return () => {
    if (!buffer.detached) buffer.transfer(0)
  }
}
