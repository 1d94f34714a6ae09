/**
 * Tokens in cookies: one of a name, and those that Amplify keeps.
 */
import type { UserPoolConfig } from '../config/config.ts'
import type { Cookie } from './cookie-header.ts'
import { dropCookies, readCookies } from './cookie-header.ts'
import { decode } from './decode.ts'
import type { Source } from './source.ts'

export function namedCookie(name: string): Source {
  return cookieSource(name, {
    read: (cookies) => valuesOf(cookies, (other) => other === name),
    owns: (other) => other === name,
  })
}

const prefix = 'CognitoIdentityServiceProvider'

/**
 * Amplify writes `CognitoIdentityServiceProvider.CLIENT.USER.accessToken`, and names the user in `….CLIENT.LastAuthUser`. It
 * percent-encodes the names. Those of other app clients count as not there.
 */
export function amplifyCookies(userPools: readonly UserPoolConfig[]): Source {
  const clients = userPools.flatMap(({ clientIds, tokenUse }) => {
    const kind = tokenUse.includes('access') ? 'accessToken' : 'idToken'
    return clientIds.map((id): AmplifyClient => ({ start: `${prefix}.${id}.`, kind }))
  })
  return cookieSource(prefix, {
    read(cookies) {
      const byName = Map.groupBy(cookies, ({ name }) => decodeName(name))
      return clients.flatMap((client) => tokensOf(byName, client))
    },
    owns(name) {
      const decoded = decodeName(name)
      return clients.some(({ start }) => decoded.startsWith(start))
    },
  })
}

/** Callers choose the names: one that cannot be of Amplify is not taken apart. */
function decodeName(name: string): string {
  return name.startsWith(prefix) ? decode(name) : name
}

interface Reading {
  /** No value is empty. */
  readonly read: (cookies: readonly Cookie[]) => readonly string[]
  readonly owns: (name: string) => boolean
}

/** `part` is in every header that has one of the cookies: most headers have none, and are not taken apart. */
function cookieSource(part: string, { read, owns }: Reading): Source {
  return {
    read({ fields: { cookie } }) {
      if (cookie === undefined || !cookie.includes(part)) return []
      return read(readCookies(cookie).filter(({ value }) => value !== ''))
    },
    isAmbient: true,
    strip(fields) {
      const { cookie } = fields
      return cookie === undefined || !cookie.includes(part) ? fields : { ...fields, cookie: dropCookies(cookie, owns) }
    },
  }
}

function valuesOf(cookies: readonly Cookie[], isWanted: (name: string) => boolean): readonly string[] {
  return cookies.filter(({ name }) => isWanted(name)).map(({ value }) => value)
}

interface AmplifyClient {
  readonly start: string
  readonly kind: 'accessToken' | 'idToken'
}

/** Two last users are a conflict, whoever they are. */
function tokensOf(cookies: ReadonlyMap<string, readonly Cookie[]>, { start, kind }: AmplifyClient): readonly string[] {
  const [user, other] = cookies.get(`${start}LastAuthUser`) ?? []
  if (user === undefined) return []
  if (other !== undefined) return ['', '']
  return (cookies.get(`${start}${decode(user.value)}.${kind}`) ?? []).map(({ value }) => value)
}
