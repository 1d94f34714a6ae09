/** Places of the service, as headers name them. */

export interface SecondTarget {
  /** The header that names it, or the one that is better known. */
  readonly header:
    | 'Destination'
    | 'X-HTTP-Method-Override'
    | 'X-Amz-Copy-Source'
    | 'X-Original-URL'
    | 'X-Forwarded-Prefix'
  readonly method: string
  readonly url: string
  /** Lower case, without port; undefined: that of the request. */
  readonly host: string | undefined
}

export type SecondTargets = readonly SecondTarget[] | SecondTarget['header'] | undefined

export type Place = Pick<SecondTarget, 'url' | 'host'>

/** Each costs a decision, and who means well names one, under one or two names of the header. */
export const mostTargets = 2

/** RFC 4918 section 10.3: an absolute URI or an absolute path. */
const absolute = /^[a-z][a-z0-9+.-]*:\/\/([^/?#\\]*)(.*)$/is

/** For the host of the request too: many servers look at nothing but the path. */
export function placesAt(address: string): readonly Place[] | undefined {
  if (address.startsWith('/')) {
    const [, path] = /^\/\/[^/]*(\/.*)$/s.exec(address) ?? []
    return [address, ...(path === undefined ? [] : [path])].map((url) => ({ url, host: undefined }))
  }
  const [, authority, rest = ''] = absolute.exec(address) ?? []
  if (authority === undefined) return undefined
  const url = rest.startsWith('/') ? rest : `/${rest}`
  const host = authority.replace(/^.*@/, '').replace(/:\d*$/, '').replace(/\.$/, '').toLowerCase()
  return [
    { url, host: undefined },
    { url, host },
  ]
}
