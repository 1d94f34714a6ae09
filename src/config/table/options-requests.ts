/**
 * The part of the option table about requests: routes, paths, identity headers, forwarding proxies, CORS.
 */
import { PATH_FORMS } from '../config.ts'
import { boolean, listOf, type Option, objects, oneOf, string } from './option.ts'

export const REQUEST_OPTIONS: readonly Option[] = [
  {
    path: 'routes',
    type: objects,
    default: [],
    doc: 'Rules for requests. The most specific rule wins, whatever the order; without any rule every request needs a verified token.',
  },
  {
    path: 'routes[].path',
    type: string,
    required: true,
    example: '/admin/*',
    doc: 'Exact (`/healthz`), everything below (`/admin/*`; with `auth: required` also `/admin` itself) or with parameters (`/users/:id/files`); literals percent-encoded only where a URL needs it.',
  },
  {
    path: 'routes[].auth',
    type: oneOf('required', 'none', 'optional', 'login'),
    default: 'required',
    doc: '`required` demands a verified token or a session, `login` also sends browsers to the sign-in page, `optional` verifies a token if it is there, `none` lets everyone in.',
  },
  {
    path: 'routes[].methods',
    type: listOf(string, 1),
    example: ['GET', 'POST'],
    inExample: true,
    doc: 'Methods the rule is for, upper case; default: every method.',
  },
  {
    path: 'routes[].host',
    type: string,
    example: 'admin.example.com',
    inExample: true,
    doc: 'Host name the rule is for, lower case, without port; default: every host.',
  },
  {
    path: 'routes[].groups',
    type: listOf(string, 1),
    example: ['admin'],
    inExample: true,
    doc: 'The caller must be in one of these groups (`cognito:groups`), else 403 `insufficient_group`.',
  },
  {
    path: 'routes[].scopes',
    type: listOf(string, 1),
    example: ['api/read'],
    inExample: true,
    doc: 'The token must hold all of these scopes, else 403 `insufficient_scope`.',
  },
  {
    path: 'routes[].anyScope',
    type: listOf(string, 1),
    example: ['api/admin', 'api/write'],
    inExample: true,
    doc: 'The token must hold one of these scopes, else 403 `insufficient_scope`.',
  },
  {
    path: 'routes[].clientIds',
    type: listOf(string, 1),
    example: ['7h57kf5cf8b6sl9rexample'],
    inExample: true,
    doc: "App clients that may call, some of the pool's `clientIds`, else 403 `client_not_allowed_here`.",
  },
  {
    path: 'routes[].mode',
    type: oneOf('enforce', 'report'),
    default: 'enforce',
    doc: '`report` lets the request pass and records what would have been refused: the rule protects nothing until it is `enforce`.',
  },
  {
    path: 'routes[].paths.allow',
    type: listOf(oneOf(...PATH_FORMS)),
    default: [],
    example: ['encodedSlash'],
    doc: 'As `paths.allow`, for requests whose path as it came meets this rule.',
  },
  {
    path: 'paths.allow',
    type: listOf(oneOf(...PATH_FORMS)),
    default: [],
    doc: `Forms of a path that the service is known to read in one way, as it came: ${PATH_FORMS.map((form) => `\`${form}\``).join(', ')}. A request is 400 \`path_ambiguous\` when a form lets its path meet rules with different demands; an allowed form is not looked for.`,
  },
  {
    path: 'endpoints.prefix',
    type: string,
    default: '/_cogate',
    doc: "Path below which cogate's own endpoints live on the traffic listener; what callers send there never reaches the upstream.",
  },
  {
    path: 'identityHeaders.preset',
    type: oneOf('default', 'grafana', 'jenkins', 'opensearch', 'remote-user', 'alb', 'none'),
    default: 'default',
    doc: 'The table of headers that tell the upstream who is calling; each of them is stripped from what the caller sends.',
  },
  {
    path: 'identityHeaders.set',
    type: objects,
    doc: "Replaces the preset's table with one of your own; every name in it is stripped from what the caller sends.",
  },
  {
    path: 'identityHeaders.set[].name',
    type: string,
    required: true,
    example: 'X-User-Groups',
    doc: 'Name of the header; not one that frames a message or carries credentials.',
  },
  {
    path: 'identityHeaders.set[].claim',
    type: string,
    required: true,
    example: 'cognito:groups',
    doc: 'Claim whose value is sent; without the claim the header is not sent.',
  },
  {
    path: 'identityHeaders.set[].format',
    type: oneOf('csv', 'json', 'pipe', 'space'),
    default: 'csv',
    doc: 'How a list is written; an item that holds the separator has it percent-encoded.',
  },
  {
    path: 'identityHeaders.set[].encoding',
    type: oneOf('percent', 'utf8', 'base64', 'json', 'qp'),
    default: 'percent',
    doc: 'How a value outside ASCII is written; `percent` is percent-encoded UTF-8.',
  },
  {
    path: 'identityHeaders.stripPrefixes',
    type: listOf(string),
    default: [],
    example: ['x-internal-'],
    doc: 'Further incoming headers to drop: every name that begins with one of these, `_` and `-` and case being the same.',
  },
  {
    path: 'identityHeaders.passToken',
    type: boolean,
    default: true,
    doc: 'Send the token on to the upstream: `Authorization`, and the header of the preset `alb`; `false` keeps the token out of the logs of the upstream.',
  },
  {
    path: 'forwarded.trust',
    type: listOf({ kind: 'cidr' }),
    default: [],
    example: ['10.0.0.0/8'],
    doc: 'Networks (such as `10.0.0.0/8`) of the proxies whose `X-Forwarded-*`, `Forwarded` and `X-Request-Id` are believed; everyone in them can claim any client address. Default: nobody.',
  },
  {
    path: 'forwarded.via',
    type: boolean,
    default: false,
    doc: 'Add cogate to `Via` of every request, as RFC 9110 section 7.6.3 asks of a proxy. Off, because some services change their answers for it: nginx does not compress them.',
  },
  {
    path: 'cors.preflight',
    type: oneOf('deny', 'pass'),
    default: 'deny',
    doc: '`pass` lets CORS preflights (OPTIONS with `Origin` and `Access-Control-Request-Method`) through without a token; the upstream then answers them.',
  },
]
