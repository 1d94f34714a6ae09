/** Any bytes at all, as Latin-1 text: one character, one byte. */
import fc from 'fast-check'

export function anyBytes(maxLength: number): fc.Arbitrary<string> {
  return fc.uint8Array({ maxLength }).map((bytes) => Buffer.from(bytes).toString('latin1'))
}
