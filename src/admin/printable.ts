/** Text for a terminal. Names, attributes and tokens come from others: none may steer the terminal or turn its text around. */

const steering = /[\p{Cc}\p{Cf}\u2028\u2029]/gu

/** One line. */
export function printable(text: string): string {
  return text.replaceAll(steering, '?')
}

/** JSON with the same value: what would steer is an escape. The line ends between its parts stay. */
export function printableJson(value: unknown, indent?: number): string {
  return JSON.stringify(value, undefined, indent).replaceAll(steering, (sign) =>
    sign === '\n' ? sign : escapeOf(sign),
  )
}

/** A character beyond the first plane is two escapes. */
function escapeOf(sign: string): string {
  return sign
    .split('')
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .join('')
}
