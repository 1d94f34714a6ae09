/**
 * Chunks of bodies: which of them are small, and how the memory of the others is freed once they are written. Left to
 * the garbage collector, the chunks of one fast stream pile up to about 64 MiB, because their memory lies outside the
 * heap it watches. It must never free memory that anybody else may still read.
 */

/** A chunk up to this size is written as Latin-1 text, in one write with the text before it. Text lives in the heap. */
export const smallChunkBytes = 16 * 1024

/**
 * Returns the callback to write this chunk with: it frees the chunk's memory, so nobody may read the chunk after that.
 * Returns undefined for a small chunk, and for one that is only a part of its buffer, whose rest may still be read.
 */
export function releaseOnceWritten(chunk: Buffer): (() => void) | undefined {
  const { buffer, byteLength } = chunk
  const isOwn = buffer.byteLength === byteLength && buffer instanceof ArrayBuffer
  if (byteLength <= smallChunkBytes || !isOwn) return undefined
  return () => {
    if (!buffer.detached) buffer.transfer(0)
  }
}
