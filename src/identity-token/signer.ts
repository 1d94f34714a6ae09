/**
 * Signs who is calling. A caller is signed for once, and again after half of the lifetime; the text is kept for as long as the
 * caller's verified token is.
 */
import { sign } from 'node:crypto'
import { headerLine } from '../headers/lines.ts'
import type { Verified } from '../tokens/verified.ts'
import type { KeyRing } from './key-ring.ts'
import type { Algorithm, SigningKey } from './signing-keys.ts'

export interface SignerSettings {
  readonly header: string
  readonly issuer: string
  readonly audience: string
  readonly ttlMs: number
  readonly algorithm: Algorithm
  /** What a service gets besides that expects a load balancer; undefined: nothing. */
  readonly alb: { readonly header: string; readonly signer: string } | undefined
}

export interface SignerParts {
  readonly ring: KeyRing
  /** Milliseconds since the epoch. */
  readonly now: () => number
}

interface Signed {
  readonly lines: string
  readonly renewAt: number
}

/** The header lines of a caller. */
export function compileSigner(settings: SignerSettings, { ring, now }: SignerParts): (caller: Verified) => string {
  const kept = new WeakMap<Verified, Signed>()
  return (caller) => {
    const at = now()
    const known = kept.get(caller)
    if (known !== undefined && at < known.renewAt) return known.lines
    const signed = {
      lines: signLines(settings, caller, { key: ring.signer(at), now: at }),
      renewAt: at + settings.ttlMs / 2,
    }
    kept.set(caller, signed)
    return signed.lines
  }
}

interface Moment {
  readonly key: SigningKey
  readonly now: number
}

function signLines(settings: SignerSettings, caller: Verified, moment: Moment): string {
  const { header, alb } = settings
  const own = headerLine(header, signIdentity(settings, caller, moment))
  return alb === undefined
    ? own
    : own + headerLine(alb.header, signAsAlb(alb.signer, caller, endOf(settings, caller, moment), moment.key))
}

function signIdentity(settings: SignerSettings, caller: Verified, moment: Moment): string {
  const { issuer, audience, algorithm } = settings
  const {
    subject,
    clientId,
    scopes,
    groups,
    names,
    key: { pool },
    acr,
    signedInAtMs,
  } = caller
  const claims = {
    iss: issuer,
    aud: audience,
    sub: subject,
    client_id: clientId === '' ? undefined : clientId,
    scope: scopes.length === 0 ? undefined : scopes.join(' '),
    groups: groups.length === 0 ? undefined : groups,
    username: names?.username,
    email: names?.email,
    user_pool: pool,
    acr,
    auth_time: signedInAtMs === undefined ? undefined : Math.floor(signedInAtMs / 1000),
    iat: Math.floor(moment.now / 1000),
    exp: endOf(settings, caller, moment),
  }
  return signJwt({ alg: algorithm, typ: 'JWT', kid: moment.key.kid }, claims, moment.key)
}

/** Elastic Load Balancing user guide, "User claims encoding and signature verification". */
function signAsAlb(signer: string, { subject, clientId, names }: Verified, exp: number, key: SigningKey): string {
  const { issuer: iss, username, email } = names ?? { issuer: undefined, username: undefined, email: undefined }
  const header = { typ: 'JWT', kid: key.kid, alg: 'ES256', iss, client: clientId, signer, exp }
  return signJwt(header, { sub: subject, username, email, exp, iss }, key)
}

/** In seconds; never later than the end of the caller's token. */
function endOf({ ttlMs }: SignerSettings, { expiresAtMs }: Verified, { now }: Moment): number {
  return Math.floor(Math.min(now + ttlMs, expiresAtMs) / 1000)
}

function signJwt(header: object, claims: object, { privateKey }: SigningKey): string {
  const input = `${encode(header)}.${encode(claims)}`
  const algorithm = privateKey.asymmetricKeyType === 'ec' ? 'sha256' : null
  const signature = sign(algorithm, Buffer.from(input), { key: privateKey, dsaEncoding: 'ieee-p1363' })
  return `${input}.${signature.toString('base64url')}`
}

/** Blanks behind it make its length a multiple of three: readers that want padding find nothing to miss. */
function encode(value: object): string {
  const bytes = Buffer.from(JSON.stringify(value))
  const blanks = Buffer.alloc((3 - (bytes.length % 3)) % 3, ' ')
  return Buffer.concat([bytes, blanks]).toString('base64url')
}
