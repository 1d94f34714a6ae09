/**
 * Which paths are the gate's own: its prefix and everything below it, and the metadata that it publishes. Nothing there ever
 * reaches an upstream, in whatever spelling.
 */

export interface Endpoints {
  /**
   * A request target in the one spelling that endpoints have: lower case, nothing encoded; the query may be anything. Behind the
   * path of metadata there is a path of the service, in letters of any case.
   */
  isRoutable(target: string): boolean
  /** A folded path (`CanonicalPath.folded`), so that every spelling a server may take for the prefix counts. */
  owns(folded: string): boolean
}

/** RFC 9728 section 3 and RFC 8414 section 3. The path of what they are about follows. */
export const resourcePath = '/.well-known/oauth-protected-resource'
export const serverPath = '/.well-known/oauth-authorization-server'

/** `prefix` is in its folded form, such as `/_cogate`. With `publishesMetadata` the two paths above are the gate's own too. */
export function compileEndpoints(prefix: string, publishesMetadata = false): Endpoints {
  const below = `${prefix}/`
  const isRoutable = (target: string) => target.startsWith(below) && plain.test(target)
  const owns = (folded: string) => isWithin(folded, prefix, below)
  if (!publishesMetadata) return { isRoutable, owns }
  return {
    isRoutable: (target) => isRoutable(target) || metadata.test(target),
    owns: (folded) =>
      owns(folded) ||
      (folded.startsWith(wellKnown) &&
        (isWithin(folded, resourcePath, `${resourcePath}/`) || isWithin(folded, serverPath, `${serverPath}/`))),
  }
}

function isWithin(folded: string, path: string, below: string): boolean {
  return folded.startsWith(path) && (folded.length === path.length || folded.startsWith(below))
}

/** Folding keeps the dot at the beginning of a segment. */
export const wellKnown = '/.well-known/'
const metadata = /^\/\.well-known\/oauth-(?:protected-resource|authorization-server)(?:\/[\w.~-]+)*\/?(?:\?|$)/

const plain = /^[a-z0-9/._-]+(?:\?|$)/
