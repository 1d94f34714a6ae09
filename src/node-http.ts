/**
 * What the gate uses of node:http. Nothing else in a serving process may import that module, but for its types: an import
 * reads every export, and three of node:http's are clients that are loaded when read (ADR 0014).
 */

export const { Agent, createServer, get, IncomingMessage, METHODS, ServerResponse, STATUS_CODES } =
  process.getBuiltinModule('node:http')
