/**
 * Fastify options for instances without schemas. Without them Fastify loads a validation and a serialisation compiler at every
 * start. Knows nothing of the listeners.
 */

function refuse(): never {
  throw new Error('a route with a schema, and nothing to compile it')
}

export const schemaless = {
  schemaController: { compilersFactory: { buildValidator: () => refuse, buildSerializer: () => refuse } },
} as const
