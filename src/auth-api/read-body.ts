/** Reads a small JSON body. Never reads much more than the limit of it. */

const maxBodyBytes = 16 * 1024

export type BodyFault = 'request_too_large' | 'request_invalid'

/** The value as JSON has it; undefined for an empty body. A caller that leaves is `request_invalid`, which nobody sees. */
export async function readJson(body: AsyncIterable<Uint8Array>): Promise<{ readonly value: unknown } | BodyFault> {
  const chunks: Uint8Array[] = []
  let size = 0
  try {
    for await (const chunk of body) {
      size += chunk.byteLength
      if (size > maxBodyBytes) return 'request_too_large'
      chunks.push(chunk)
    }
    const text = new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks))
    return { value: text === '' ? {} : JSON.parse(text) }
  } catch {
    return 'request_invalid'
  }
}
