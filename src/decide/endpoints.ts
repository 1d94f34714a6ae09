/**
 * Which paths are the gate's own: its prefix and everything below it. Nothing there ever reaches an upstream, in whatever
 * spelling.
 */

export interface Endpoints {
  /** A request target in the one spelling that endpoints have: lower case, nothing encoded; the query may be anything. */
  isRoutable(target: string): boolean
  /** A folded path (`CanonicalPath.folded`), so that every spelling a server may take for the prefix counts. */
  owns(folded: string): boolean
}

/** `prefix` is in its folded form, such as `/_cogate`. */
export function compileEndpoints(prefix: string): Endpoints {
  const below = `${prefix}/`
  return {
    isRoutable: (target) => target.startsWith(below) && plain.test(target),
    owns: (folded) => folded.startsWith(prefix) && (folded.length === prefix.length || folded.startsWith(below)),
  }
}

const plain = /^[a-z0-9/._-]+(?:\?|$)/
