/** Which names of keys and flags say that a secret stands there. What does is never repeated in a message. */

export function isSecretName(name: string): boolean {
  return /secret|passw(?:or)?d/i.test(name)
}

/**
 * Whether the value of the unknown name `given` may be a secret, where `meant` is the name that is known. Where a file of a secret
 * belongs, the secret itself may stand. Words such as `key` say so only where `meant` has them not.
 */
export function mayHoldSecret(given: string, meant: string): boolean {
  if (isSecretName(given) || isSecretName(meant)) return true
  const known = meant.toLowerCase()
  return (given.toLowerCase().match(/pass|pwd|token|key|cred|auth|header/g) ?? []).some((word) => !known.includes(word))
}
