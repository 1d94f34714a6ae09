/**
 * Seals bytes so that only a gate with the same secrets can read them or make them: AES-256-GCM with a key of its own for
 * each purpose. A sealed text that was changed, cut or made for another purpose does not open.
 */
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'

export interface Opened {
  readonly bytes: Buffer
  /** The newest secret sealed it; otherwise it should be sealed anew. */
  readonly isCurrent: boolean
}

export interface Sealer {
  /** `context` must be the same when it is opened. */
  seal(bytes: Buffer, context: string): string
  /** Undefined for everything that `seal` of one of the secrets has not made. */
  open(sealed: string, context: string): Opened | undefined
}

interface Key {
  readonly id: Buffer
  readonly secret: Buffer
}

/** The layout: version, key id, initialisation vector, ciphertext, tag. */
const version = 1
const idBytes = 4
const ivBytes = 12
const tagBytes = 16
const headBytes = 1 + idBytes + ivBytes
const algorithm = 'aes-256-gcm'
const base64url = /^[A-Za-z0-9_-]+$/

/** The first secret seals, all of them open. */
export function compileSealer(secrets: readonly string[], purpose: string): Sealer {
  const keys = secrets.map((secret) => deriveKey(secret, purpose))
  const [newest] = keys
  if (newest === undefined) throw new Error('a sealer needs a secret')
  return {
    seal: (bytes, context) => sealWith(newest, bytes, context),
    open(sealed, context) {
      const bytes = decode(sealed)
      if (bytes === undefined) return undefined
      const key = keys.find(({ id }) => id.equals(bytes.subarray(1, 1 + idBytes)))
      const opened = key && openWith(key, bytes, context)
      return opened && { bytes: opened, isCurrent: key === newest }
    },
  }
}

/** RFC 5869. The id is derived too: it names a key and tells nothing of it. */
function deriveKey(secret: string, purpose: string): Key {
  const derive = (info: string, length: number) => Buffer.from(hkdfSync('sha256', secret, '', info, length))
  return { secret: derive(`cogate ${purpose}`, 32), id: derive(`cogate ${purpose} id`, idBytes) }
}

function sealWith({ id, secret }: Key, bytes: Buffer, context: string): string {
  const iv = randomBytes(ivBytes)
  const cipher = createCipheriv(algorithm, secret, iv).setAAD(Buffer.from(context))
  const sealed = [Buffer.of(version), id, iv, cipher.update(bytes), cipher.final(), cipher.getAuthTag()]
  return Buffer.concat(sealed).toString('base64url')
}

/** Undefined for a text with other characters, or with bits that say nothing: one session has one spelling. */
function decode(sealed: string): Buffer | undefined {
  if (!base64url.test(sealed)) return undefined
  const bytes = Buffer.from(sealed, 'base64url')
  if (bytes.length < headBytes + tagBytes || bytes[0] !== version) return undefined
  return bytes.toString('base64url') === sealed ? bytes : undefined
}

function openWith({ secret }: Key, bytes: Buffer, context: string): Buffer | undefined {
  const iv = bytes.subarray(1 + idBytes, headBytes)
  const decipher = createDecipheriv(algorithm, secret, iv, { authTagLength: tagBytes })
  decipher.setAAD(Buffer.from(context)).setAuthTag(bytes.subarray(-tagBytes))
  try {
    return Buffer.concat([decipher.update(bytes.subarray(headBytes, -tagBytes)), decipher.final()])
  } catch {
    return undefined
  }
}
