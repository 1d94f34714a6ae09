/** Whole numbers of any size and their bytes, big-endian. */

export function toBigInt(bytes: Buffer): bigint {
  return BigInt(`0x${bytes.toString('hex') || '0'}`)
}

/** Of that many bytes; the upper ones are lost when they do not fit. */
export function toBytes(value: bigint, length: number): Buffer {
  const hex = value.toString(16).padStart(length * 2, '0')
  return Buffer.from(hex.slice(-length * 2), 'hex')
}

/** The least number whose cube is not below `value`. */
export function cubeRootOver(value: bigint): bigint {
  let low = 0n
  let high = 1n << BigInt(Math.ceil(value.toString(2).length / 3) + 1)
  while (low < high) {
    const middle = (low + high) / 2n
    if (middle ** 3n < value) low = middle + 1n
    else high = middle
  }
  return low
}

export function powerMod(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let result = 1n
  let square = base % modulus
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if ((rest & 1n) === 1n) result = (result * square) % modulus
    square = (square * square) % modulus
  }
  return result
}
