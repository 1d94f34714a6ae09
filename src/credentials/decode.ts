/** Percent-decoding as most servers do it. */

/** A text with a broken escape is meant as it is. */
export function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
