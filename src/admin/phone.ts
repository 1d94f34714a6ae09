/** Phone numbers as Cognito and SMS need them: E.164, a plus sign and up to 15 digits. */

/** Undefined: the number is good. `suggestion`: the number without what people write into it. */
export function findPhoneMistake(number: string): { readonly suggestion: string | undefined } | undefined {
  if (/^\+[1-9]\d{6,14}$/.test(number) && !hasTrunkZero(number)) return undefined
  const digits = number.replaceAll(/[０-９＋（）]/g, toNarrow).replaceAll(/\(0\)|[\s().\-‐-―−/ー]/g, '')
  const plain = hasTrunkZero(digits) ? digits.replace(/^(\+\d\d)0/, '$1') : digits
  return { suggestion: /^\+[1-9]\d{6,14}$/.test(plain) ? plain : undefined }
}

/** A zero that is dialled inside the country only. Not of Italy, where it is a part of the number. */
function hasTrunkZero(number: string): boolean {
  return /^\+(?:81|82|44|49|33|31|61|66)0/.test(number)
}

function toNarrow(wide: string): string {
  return String.fromCharCode(wide.charCodeAt(0) - 0xfee0)
}
