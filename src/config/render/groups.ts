/**
 * The headings under which help and documentation list the options. No option is ever left out.
 */
import type { Option } from '../table/option.ts'
import type { OptionTable } from '../table/option-table.ts'

export interface OptionGroup {
  readonly title: string
  readonly intro: string
  readonly options: readonly Option[]
}

/** By the first segment of the keys: the title, and what a reader must know before the table. */
const HEADINGS: Readonly<Record<string, readonly [title: string, intro: string]>> = {
  listen: ['Traffic listener', 'Where callers connect.'],
  ops: ['Ops listener', 'Where the platform asks whether cogate is live and ready.'],
  tls: [
    'TLS of the traffic listener',
    'Without it the listener speaks plain HTTP, as behind a load balancer or in a pod.',
  ],
  upstream: ['Upstream', 'The protected service. In the file `upstream: URL` is the same as `upstream: { url: URL }`.'],
  upstreams: [
    'Further services',
    'Each has the keys of `upstream`, and a name for the rules. [several-services.md](several-services.md) has examples.',
  ],
  limits: ['Limits', 'What one caller may ask of cogate.'],
  rateLimit: ['Rate limit', 'How often one caller may ask. Off unless a rate is given.'],
  userPools: [
    'User pools',
    'A list of mappings. The variables and flags that are called `USER_POOL` set fields of the only pool, or make it.',
  ],
  jwks: ['Keys', "How the pools' public keys are fetched and how long they are trusted."],
  tokenCache: ['Token cache', 'Remembers verified tokens, at most until they expire. Refused tokens are not in it.'],
  revocation: [
    'Revocation',
    'Tokens that are refused although they verify. Off unless there is a list: a file, or Redis or Valkey.',
  ],
  clockTolerance: ['Clocks', 'Zero is right where clocks are synchronised.'],
  mode: ['Mode', 'Whether rules refuse, or only record what they would refuse.'],
  routes: [
    'Routes',
    'A list of mappings. A rule that demands something matches every spelling of its path (`/ADMIN`, `/%61dmin` and `/admin.` meet `/admin`); one with `auth: none` or `optional` matches its path only as it is written.',
  ],
  paths: ['Paths', 'Which spellings of a path are too ambiguous to decide on.'],
  endpoints: ['Endpoints', "cogate's own pages and interfaces."],
  identityHeaders: ['Identity headers', 'What the upstream learns about the caller.'],
  publicUrl: ['Public origin', 'What browsers call this site.'],
  login: [
    'Browser sign-in',
    'Sends people to the sign-in page of the user pool. Off unless `login.domain` is set; [login.md](login.md) has the steps.',
  ],
  session: ['Sessions', 'How long people stay signed in, and what their cookie looks like.'],
  authApi: [
    'Auth API',
    'Sign-up, sign-in and second factors as JSON, for pages of your own. Off unless operations are listed; [auth-api.md](auth-api.md) has each of them.',
  ],
  identityToken: [
    'Signed identity',
    'For services that must not trust the network. Off unless an audience is named; [identity-token.md](identity-token.md) has the claims and examples.',
  ],
  resourceMetadata: [
    'Metadata of the resource',
    'Where clients get tokens, for clients that know nothing but the URL. Off unless enabled; [mcp.md](mcp.md) has the steps.',
  ],
  forwarded: ['Forwarding proxies', 'The proxies in front of cogate whose headers about the caller are believed.'],
  forwardAuth: [
    'Forward-auth',
    'The verdict for another proxy, which forwards the request itself. Off unless enabled.',
  ],
  credentials: [
    'Credentials',
    'Where a request has its token. [credentials.md](credentials.md) has each place, and what to type.',
  ],
  auth: [
    'Callers',
    'What a caller without a good token is told, and what happens to an answer that outlives its token.',
  ],
  cors: ['CORS', 'A browser asks with a preflight before it sends a token to another origin.'],
  redis: [
    'Redis',
    'Redis or Valkey for what all replicas share: revoked tokens, and where they ask for it sessions (`session.store`) and rate limits (`rateLimit.store`). What has an address of its own takes nothing from here.',
  ],
  workers: ['Workers', 'How many processes serve: one is enough until it fills a processor.'],
  activeUsers: [
    'Active users',
    'Estimates of monthly active users, for `cogate cost` and the metric `cogate_estimated_mau`.',
  ],
  tracing: ['Tracing', 'Spans for OpenTelemetry. Off unless `tracing.endpoint` is set.'],
  reload: ['Reload', 'Another configuration without a restart.'],
  drain: ['Shutdown', 'What happens after SIGTERM.'],
  log: ['Log', 'Lines of JSON on standard output.'],
}

/** A key without a heading gets one of its own, so that no option is left out. */
export function groupOptions({ options, root }: OptionTable): readonly OptionGroup[] {
  const segments = new Set([...Object.keys(HEADINGS), ...root.keys.keys()])
  return [...segments].flatMap((segment) => {
    const [title, intro] = HEADINGS[segment] ?? [segment, '']
    const inside = options.filter(({ path }) => path.split(/[.[]/, 1)[0] === segment)
    return inside.length === 0 ? [] : [{ title, intro, options: inside }]
  })
}
