/** One-time passwords by the clock: RFC 6238 with HMAC-SHA1, 30 seconds and six digits, as authenticator apps make them. */
import { createHmac, randomBytes } from 'node:crypto'

const STEP_MS = 30_000
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/** 32 bytes in base32, which is the length of Cognito's. */
export function createTotpSecret(): string {
  return encodeBase32(randomBytes(32))
}

/** The step of a code that is good now, or was one step ago; undefined for any other. */
export function findTotpStep(secret: string, code: string, nowMs: number): number | undefined {
  const step = Math.floor(nowMs / STEP_MS)
  return [step, step - 1, step + 1].find((candidate) => totpCode(secret, candidate) === code)
}

function totpCode(secret: string, step: number): string {
  const counter = Buffer.alloc(8)
  counter.writeBigUInt64BE(BigInt(step))
  const digest = createHmac('sha1', decodeBase32(secret)).update(counter).digest()
  const offset = digest.readUInt8(digest.length - 1) & 15
  const number = (digest.readUInt32BE(offset) & 0x7fffffff) % 1_000_000
  return String(number).padStart(6, '0')
}

function encodeBase32(bytes: Buffer): string {
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('')
  return (bits.match(/.{1,5}/g) ?? []).map((five) => ALPHABET[Number.parseInt(five.padEnd(5, '0'), 2)]).join('')
}

function decodeBase32(text: string): Buffer {
  const bits = [...text].map((letter) => ALPHABET.indexOf(letter).toString(2).padStart(5, '0')).join('')
  return Buffer.from((bits.match(/.{8}/g) ?? []).map((eight) => Number.parseInt(eight, 2)))
}
