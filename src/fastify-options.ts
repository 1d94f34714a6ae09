/**
 * Neither listener has schemas: Fastify is told so, or it loads a compiler for validation and one for serialisation at
 * every start. Knows nothing of either listener.
 */

function refuse(): never {
  throw new Error('a route with a schema, and nothing to compile it')
}

export const schemaless = {
  schemaController: { compilersFactory: { buildValidator: () => refuse, buildSerializer: () => refuse } },
} as const
