/**
 * The part of the option table about what cogate publishes of itself.
 */
import { boolean, listOf, type Option, string, url } from '../option.ts'

export const PUBLISHED_OPTIONS: readonly Option[] = [
  {
    path: 'resourceMetadata.enabled',
    type: boolean,
    default: false,
    mayBeEmpty: true,
    doc: 'Answer at `/.well-known/oauth-protected-resource` (RFC 9728) and `/.well-known/oauth-authorization-server` (RFC 8414), and name the first in challenges. Needs `publicUrl`. Off, both paths are passed to the upstream.',
  },
  {
    path: 'resourceMetadata.resources',
    type: listOf(string, 1),
    default: ['/'],
    doc: 'The resources: paths of `publicUrl`, such as `/mcp`; `/` is the origin itself. A challenge names the most specific one.',
  },
  {
    path: 'resourceMetadata.scopes',
    type: listOf(string, 1),
    example: ['mcp/use'],
    doc: 'Scopes that clients should ask for; default: those that the rules of the resource demand, or `openid`.',
  },
  {
    path: 'resourceMetadata.name',
    type: string,
    example: 'Example tools',
    mayBeEmpty: true,
    doc: 'What people call the resource (`resource_name`).',
  },
  {
    path: 'resourceMetadata.documentation',
    type: url,
    example: 'https://docs.example.com/api',
    mayBeEmpty: true,
    doc: 'A page for developers of clients (`resource_documentation`).',
  },
  {
    path: 'resourceMetadata.registrationEndpoint',
    type: url,
    example: 'https://register.example.com/clients',
    mayBeEmpty: true,
    doc: 'Where clients register themselves (RFC 7591), if the user pool names no place for it.',
  },
]
