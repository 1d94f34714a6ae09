/**
 * The presets of identity headers as Markdown, for docs/configuration.md: each table as it is sent, header by header.
 */
import type { HeaderPreset } from '../src/config/identity-headers.ts'
import type { IdentityHeader } from '../src/headers/presets.ts'
import { presets } from '../src/headers/presets.ts'

export function renderPresets(): string {
  const tables = Object.entries<readonly IdentityHeader[]>(presets).filter(([, table]) => table.length > 0)
  const rows = tables.flatMap(([preset, table]) => table.map((header) => renderRow(preset, header)))
  return [INTRO, `${HEAD}\n${rows.join('\n')}`, NOTES].join('\n\n')
}

const INTRO = `
### Presets

A header whose claim the token does not have is not sent. Where several claims are named, the first that the token has is
sent. The format is that of a list, the encoding that of whatever is not ASCII.`

const HEAD = '| preset | header | claim | format | encoding |\n|---|---|---|---|---|'

/** One for each preset, so that none is forgotten; empty where the table needs no remark. */
const REMARKS = {
  default:
    '`X-Cognito-User-Pool-Id` is sent where more than one user pool is configured. A user name of one pool says nothing in another: let the service look at both, or at `X-Cognito-Sub` alone.',
  grafana:
    '`grafana` is for `auth.proxy` with `headers_encoded = true`, which reads quoted-printable, and `headers = Name:X-WEBAUTH-NAME Email:X-WEBAUTH-EMAIL Groups:X-WEBAUTH-GROUPS`.',
  jenkins: '',
  opensearch: '',
  'remote-user': '',
  'oauth2-proxy':
    '`oauth2-proxy` sends what oauth2-proxy sends with `--pass-user-headers`, and the same under the names of `--set-xauthrequest`. The user is the `sub`, as with its `oidc` provider.',
  alb: '`alb` sends what an AWS Application Load Balancer says in plain text. `X-Amzn-Oidc-Data`, which a load balancer signs with a private key that only it has, is sent where [an identity is signed](identity-token.md#in-the-place-of-an-alb): with a key of cogate, which the application has to know. Otherwise there is none. Copies that callers send of it are removed, as is every `X-Amzn-Oidc-*`, whatever the preset. The application can also verify `X-Amzn-Oidc-Accesstoken`, the token itself; `identityHeaders.passToken: false` keeps it out.',
  none: '`none` sends no identity header. Those of every preset are still removed from what callers send.',
} as const satisfies Record<HeaderPreset, string>

const NOTES = `${Object.values(REMARKS)
  .filter((remark) => remark !== '')
  .map((remark) => `- ${remark}`)
  .join('\n')}\n`

function renderRow(preset: string, { name, claims, token, pool, format, encoding }: IdentityHeader): string {
  const claim = token
    ? 'the token itself'
    : pool
      ? 'the id of the user pool'
      : claims.map((word) => `\`${word}\``).join(', else ')
  const writing = token || pool ? ['', ''] : [`\`${format}\``, `\`${encoding}\``]
  return `| ${[`\`${preset}\``, `\`${name}\``, claim, ...writing].join(' | ')} |`
}
