/**
 * What the gate uses of node:http. Nothing else in a serving process may import that module, except for its types: an import
 * reads all exports, and reading three of them loads Node's HTTP clients (ADR 0014).
 */

export const { createServer, IncomingMessage, METHODS, request, ServerResponse, STATUS_CODES } =
  process.getBuiltinModule('node:http')
