/**
 * Finds the known word that is meant by an unknown one: a slip of the keyboard, or a word of another program.
 */

/** Words of other programs, folded, by the mapping in which they stand here, and the key that is meant. */
const SYNONYMS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  '': {
    port: 'listen',
    host: 'listen',
    bind: 'listen',
    address: 'listen',
    httpaddress: 'listen',
    target: 'upstream',
    backend: 'upstream',
    upstreams: 'upstream',
    proxypass: 'upstream',
    c: 'config',
    p: 'listen',
    loglevel: 'log.level',
    aud: 'userPools[].audience',
    clientids: 'userPools[].clientIds',
    poolid: 'userPools[].id',
    userpool: 'userPools[].id',
    issuer: 'userPools[].issuer',
    clientid: 'userPools[].clientIds',
    rules: 'routes',
    timeout: 'upstream.responseTimeout',
    trustproxy: 'forwarded.trust',
    trustedproxies: 'forwarded.trust',
  },
  upstream: { address: 'url', host: 'url', target: 'url', uri: 'url', port: 'url', timeout: 'responseTimeout' },
  'userPools[]': { aud: 'audience', audiences: 'audience', iss: 'issuer', jwks: 'jwksUri', poolid: 'id' },
  login: { url: 'domain', uri: 'domain', host: 'domain' },
  session: { ttl: 'absolute', maxage: 'absolute', lifetime: 'absolute' },
  redis: { host: 'url', address: 'url', uri: 'url', password: 'passwordFile', passwd: 'passwordFile' },
  'session.redis': { host: 'url', address: 'url', uri: 'url', password: 'url' },
  'revocation.redis': { host: 'url', address: 'url', uri: 'url', password: 'url' },
  cors: { origin: 'allowOrigins', origins: 'allowOrigins' },
  'routes[]': { role: 'groups', roles: 'groups', pattern: 'path', uri: 'path', hostname: 'host' },
}

/** The key that another program calls `word`, relative to `holder` or, with a dot, from the root. */
export function findSynonym(word: string, holder: string): string | undefined {
  const words = SYNONYMS[holder] ?? {}
  const folded = fold(word)
  return Object.hasOwn(words, folded) ? words[folded] : undefined
}

/** The nearest known word, without regard to case and separators; undefined when none is near enough to be meant. */
export function findNearest(word: string, known: readonly string[]): string | undefined {
  const target = fold(word)
  const limit = target.length < 6 ? 1 : Math.max(2, Math.floor(target.length / 4))
  let best: { readonly word: string; readonly distance: number } | undefined
  for (const candidate of known) {
    const distance = distanceTo(fold(candidate), target, limit)
    if (distance <= limit && distance < (best?.distance ?? Number.POSITIVE_INFINITY))
      best = { word: candidate, distance }
  }
  return best?.word
}

/** `warning` means `warn`: a word that goes on is as near as a slip. */
function distanceTo(candidate: string, target: string, limit: number): number {
  const isBeginning = candidate.length >= 3 && (target.startsWith(candidate) || candidate.startsWith(target))
  return isBeginning && target.length >= 3
    ? Math.min(1, editDistance(target, candidate, limit))
    : editDistance(target, candidate, limit)
}

function fold(word: string): string {
  return word.toLowerCase().replaceAll(/[^a-z0-9]/g, '')
}

/** With neighbours that changed places as one slip; `limit + 1` when the lengths alone differ by more than `limit`. */
function editDistance(left: string, right: string, limit: number): number {
  if (Math.abs(left.length - right.length) > limit) return limit + 1
  const rows: number[][] = [Array.from({ length: right.length + 1 }, (_, column) => column)]
  const cell = (row: number, column: number): number => rows[row]?.[column] ?? Number.POSITIVE_INFINITY
  for (let row = 1; row <= left.length; row += 1) {
    const current = [row]
    rows.push(current)
    for (let column = 1; column <= right.length; column += 1) {
      const isSame = left[row - 1] === right[column - 1]
      const isTurned = left[row - 1] === right[column - 2] && left[row - 2] === right[column - 1]
      current.push(
        Math.min(
          cell(row - 1, column - 1) + (isSame ? 0 : 1),
          cell(row - 1, column) + 1,
          cell(row, column - 1) + 1,
          isTurned ? cell(row - 2, column - 2) + 1 : Number.POSITIVE_INFINITY,
        ),
      )
    }
  }
  return cell(left.length, right.length)
}
