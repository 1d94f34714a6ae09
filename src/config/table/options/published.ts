/**
 * The part of the option table about what cogate publishes of itself.
 */
import { boolean, duration, file, listOf, type Option, oneOf, string, url } from '../option.ts'

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
    noHint: 'a list of paths, such as [/mcp], or no such key',
    doc: 'The resources: paths of `publicUrl`, such as `/mcp`; `/` is the origin itself. A challenge names the most specific one.',
  },
  {
    path: 'resourceMetadata.scopes',
    type: listOf(string, 1),
    example: ['mcp/use'],
    noHint: 'a list of scopes, each without blanks and quotes, or no such key',
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
  {
    path: 'identityToken.audience',
    type: string,
    example: 'orders',
    doc: 'The `aud` of a short JWT about the caller, signed by cogate, which the upstream gets with every verified request. Turns it on.',
  },
  {
    path: 'identityToken.header',
    type: string,
    default: 'X-Cogate-Identity',
    doc: 'The header of this JWT; stripped from what callers send.',
  },
  {
    path: 'identityToken.issuer',
    type: string,
    example: 'https://gate.example.com',
    doc: 'The `iss` of this JWT; default: `publicUrl`.',
  },
  {
    path: 'identityToken.ttl',
    type: duration(4000, 3_600_000),
    default: '1m',
    doc: 'How long it is good at most. It is signed again after half of this time, and never outlives the token of the caller.',
  },
  {
    path: 'identityToken.algorithm',
    type: oneOf('ES256', 'EdDSA'),
    default: 'ES256',
    doc: '`ES256` is ECDSA with P-256, `EdDSA` is Ed25519.',
  },
  {
    path: 'identityToken.keyFile',
    type: file,
    example: '/etc/cogate/identity-keys.pem',
    doc: 'PEM private keys, not encrypted. The first one signs, all are published at `/_cogate/jwks.json`. Read again when the file changes. Default: a key that is made at the start, which other replicas do not know.',
  },
  {
    path: 'identityToken.signer',
    type: string,
    example: 'arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/web/0123456789abcdef',
    doc: 'The `signer` of `X-Amzn-Oidc-Data`, which the preset `alb` sends where an identity is signed; default: the issuer.',
  },
]
