/** An RSA key as a faulty chip made them (CVE-2017-15361, ROCA): its primes are powers of 65537 modulo a known number. */
import { checkPrimeSync, createPrivateKey, createPublicKey, randomBytes } from 'node:crypto'
import type { KeyPair } from './build-jwt.ts'
import { powerMod, toBigInt, toBytes } from './integers.ts'

const exponent = 65537n

/** The product of the first 126 primes, as for keys of 2048 bits. */
function makePrimorial(): bigint {
  let product = 1n
  let count = 0
  for (let candidate = 2n; count < 126; candidate++) {
    if (!checkPrimeSync(candidate)) continue
    product *= candidate
    count++
  }
  return product
}

/** Of 1024 bits, the uppermost two set. */
function makePrime(primorial: bigint): bigint {
  const least = (3n << 1022n) / primorial + 1n
  const most = (1n << 1024n) / primorial - 1n
  for (;;) {
    const factor = least + (toBigInt(randomBytes(16)) % (most - least))
    const candidate = factor * primorial + powerMod(exponent, toBigInt(randomBytes(16)), primorial)
    if (checkPrimeSync(candidate) && (candidate - 1n) % exponent !== 0n) return candidate
  }
}

export function makeGuessableKey(): KeyPair {
  const primorial = makePrimorial()
  const [p, q] = [makePrime(primorial), makePrime(primorial)]
  const d = inverse(exponent, (p - 1n) * (q - 1n))
  const members = { n: p * q, e: exponent, d, p, q, dp: d % (p - 1n), dq: d % (q - 1n), qi: inverse(q, p) }
  const jwk = Object.fromEntries(Object.entries(members).map(([name, value]) => [name, toText(value)]))
  const privateKey = createPrivateKey({ key: { kty: 'RSA', ...jwk }, format: 'jwk' })
  return { privateKey, publicKey: createPublicKey(privateKey) }
}

function toText(value: bigint): string {
  return toBytes(value, Math.ceil(value.toString(16).length / 2)).toString('base64url')
}

/** By Euclid. */
function inverse(value: bigint, modulus: bigint): bigint {
  let [before, now] = [modulus, value % modulus]
  let [factorBefore, factor] = [0n, 1n]
  while (now !== 0n) {
    const quotient = before / now
    ;[before, now] = [now, before - quotient * now]
    ;[factorBefore, factor] = [factor, factorBefore - quotient * factor]
  }
  return ((factorBefore % modulus) + modulus) % modulus
}
