/**
 * What each command does, takes and ends with: the one source of `cogate --help`, `cogate COMMAND --help` and
 * docs/commands.md. Nothing here may run.
 */

export interface CommandHelp {
  /** One sentence without its end. */
  readonly does: string
  /** Each way to call it, without the leading `cogate`. */
  readonly usage: readonly string[]
  /** Flags of its own and words, each with what it means. */
  readonly options: readonly (readonly [option: string, meaning: string])[]
  /** Whether it also reads the configuration of the gate: file, variables and flags. */
  readonly readsConfiguration: boolean
  readonly exitCodes: readonly (readonly [code: number, meaning: string])[]
  readonly examples: readonly string[]
  /** The page that says more. */
  readonly page: string
}

const wrongUsage = [64, 'wrong usage'] as const
const wrongConfiguration = [64, 'wrong usage, or a mistake in the configuration'] as const
const asJson = ['--json', 'writes data for programs'] as const
const language = ['--lang en|ja', 'the language; default: that of the terminal'] as const

export const commandHelp: Readonly<Record<string, CommandHelp>> = {
  start: {
    does: 'runs the gate',
    usage: ['start [--config FILE] [--OPTION VALUE …]'],
    options: [],
    readsConfiguration: true,
    exitCodes: [
      [0, 'a signal ended it, and the drain is over'],
      [1, 'a fault at the start, a second signal, or a defect'],
      wrongConfiguration,
    ],
    examples: [
      'cogate start --config cogate.yaml',
      'cogate start --config cogate.yaml --listen :8080 --log-level debug',
    ],
    page: 'docs/operations.md#exit-codes',
  },
  check: {
    does: 'looks at what a start needs: configuration, keys, egress, clock, upstream',
    usage: ['check [--config FILE] [--offline] [--strict] [--json]'],
    options: [
      ['--offline', 'contacts nobody and takes no port: reads the configuration and its files alone'],
      ['--strict', 'exit code 1 also for what is only worth a look'],
      asJson,
    ],
    readsConfiguration: true,
    exitCodes: [[0, 'nothing failed'], [1, 'something failed'], wrongConfiguration],
    examples: ['cogate check --config cogate.yaml', 'cogate check --config cogate.yaml --offline --strict'],
    page: 'docs/operations.md#cogate-check',
  },
  explain: {
    does: 'says why a request is refused, and what to do',
    usage: [
      'explain [--config FILE] [--method M] [--path /x] [--host H] [--token-file F] [--at TIME] [--lang en|ja] [--json]',
    ],
    options: [
      ['--method M', 'the method of the request; default: GET'],
      ['--path /x', 'its path; default: /'],
      ['--host H', 'its Host, for rules with a host; default: localhost'],
      ['--token-file F', 'a file that holds the token, - for standard input; without it the request has no token'],
      ['--at TIME', 'asks about another time, such as 2026-11-29T12:00:00Z'],
      language,
      asJson,
      ['--show-claims', 'prints the claims of the token too'],
    ],
    readsConfiguration: true,
    exitCodes: [[0, 'the request would pass'], [1, 'it would not'], wrongConfiguration],
    examples: [
      'cogate explain --config cogate.yaml --path /admin/7 --token-file token.txt',
      'cogate explain --config cogate.yaml --path /admin/7 --method DELETE',
    ],
    page: 'docs/troubleshooting.md',
  },
  health: {
    does: 'asks a running gate whether it is ready, for health checks of containers',
    usage: ['health [--live] [--config FILE]'],
    options: [['--live', 'asks whether it is live, which does not need Cognito']],
    readsConfiguration: true,
    exitCodes: [[0, 'yes'], [1, 'no, or no answer'], wrongUsage],
    examples: ['cogate health', 'cogate health --live --ops-listen 127.0.0.1:9464'],
    page: 'docs/operations.md#health-checks-of-containers',
  },
  revoke: {
    does: 'refuses tokens that still verify',
    usage: [
      'revoke --sub S | --username U | --origin-jti J | --jti J | --client-id C [--issued-before T] [--for 24h] [--file F | --redis URL [--prefix P] | --config FILE]',
    ],
    options: [
      ['--sub S', 'all tokens of this subject'],
      ['--username U', 'all tokens of this user'],
      ['--origin-jti J', 'all tokens of one sign-in, refreshed ones too'],
      ['--jti J', 'one token'],
      ['--client-id C', 'all tokens of this app client'],
      ['--issued-before T', 'only tokens that were issued before: now, or a time such as 2026-11-30T12:00:00Z'],
      ['--for 24h', 'when the entry ends; in Redis by default after a day and ten minutes'],
      ['--file F', 'the list is this file'],
      ['--redis URL', 'the list is in this Redis; a password does not belong here'],
      ['--prefix P', 'the prefix of the keys there; default: cogate:'],
    ],
    readsConfiguration: true,
    exitCodes: [[0, 'the entry is written'], [1, 'it cannot be written'], wrongConfiguration],
    examples: ['cogate revoke --username alice --issued-before now --for 24h --file /etc/cogate/revoked.jsonl'],
    page: 'docs/operations.md#revoking-tokens',
  },
  report: {
    does: 'says what report mode would have refused, from ops listeners',
    usage: ['report [--json] URL…'],
    options: [['URL', 'the ops listener of a gate'], asJson],
    readsConfiguration: false,
    exitCodes: [
      [0, 'nothing would have been refused'],
      [1, 'something would have been, no request was seen, or a gate did not answer'],
      wrongUsage,
    ],
    examples: ['cogate report http://gate-1:9464 http://gate-2:9464'],
    page: 'docs/operations.md#report-mode',
  },
  cost: {
    does: 'counts the active users of all gates, and their price, from ops listeners',
    usage: ['cost [--plan lite|essentials|plus] [--month 2026-11] [--file F] [--json] URL…'],
    options: [
      ['URL', 'the ops listener of a gate'],
      ['--plan P', 'the plan of the user pool: lite, essentials or plus; default: essentials'],
      ['--month M', 'a month that is still known, such as 2026-11; default: the current one'],
      ['--file F', 'activeUsers.file of a gate that is not running'],
      asJson,
    ],
    readsConfiguration: false,
    exitCodes: [[0, 'done'], [1, 'a gate did not answer, or the file cannot be read'], wrongUsage],
    examples: ['cogate cost --plan essentials http://gate-1:9464 http://gate-2:9464'],
    page: 'docs/operations.md#active-users-and-cost',
  },
  doctor: {
    does: 'says what is good and bad about a user pool (needs AWS credentials)',
    usage: ['doctor [--pool ID] [--config FILE] [--all] [--lang en|ja] [--json]'],
    options: [
      ['--pool ID', 'the user pool; default: that of the configuration'],
      ['--all', 'looks at every user; default: at the first 300'],
      language,
      asJson,
    ],
    readsConfiguration: true,
    exitCodes: [[0, 'nothing is to mend'], [1, 'something is, or AWS cannot be asked'], wrongUsage],
    examples: ['cogate doctor --pool ap-northeast-1_AbCdEfGhI', 'cogate doctor --config cogate.yaml --json'],
    page: 'docs/doctor.md',
  },
  users: {
    does: 'manages the users of a pool (needs AWS credentials)',
    usage: [
      `users list [--filter 'email ^= "a"' | --group G] [--last-activity] [--csv | --json] [--max N] [--resume TOKEN]`,
      'users create USER [--email E] [--phone P] [--verified] [--attribute NAME=VALUE …] [--group G …] [--password-stdin] [--permanent] [--no-message]',
      'users disable USER …',
      'users enable USER …',
      'users delete USER … [--yes]',
      'users reset-password USER …',
      'users set-mfa USER totp|sms|email|off',
      'users groups USER [--add GROUP …] [--remove GROUP …]',
      'users sign-out USER …',
      'users cleanup --inactive-for 365d [--dry-run] [--delete] [--yes] [--by-change] [--resume TOKEN]',
    ],
    options: [
      ['--pool ID', 'the user pool; default: that of the configuration'],
      ['--config FILE', 'the configuration of the gate, which names the pool'],
      ['--pace N', 'calls in a second, up to 25; default: 10'],
    ],
    readsConfiguration: false,
    exitCodes: [[0, 'all is done'], [1, 'a fault, or Ctrl-C'], wrongUsage],
    examples: [
      `cogate users list --pool ap-northeast-1_AbCdEfGhI --filter 'email ^= "a"'`,
      'cogate users groups anna --add staff',
    ],
    page: 'docs/users.md',
  },
  issuer: {
    does: 'runs the local Cognito look-alike alone (development)',
    usage: ['issuer [--port N]'],
    options: [['--port N', 'its port; default: 9229; 0 lets the system choose']],
    readsConfiguration: false,
    exitCodes: [[0, 'a signal ended it'], [1, 'the port is in use'], wrongUsage],
    examples: ['cogate issuer', `curl -s 'http://127.0.0.1:9229/token.txt?username=alice&groups=admin'`],
    page: 'docs/stand-in.md',
  },
  demo: {
    does: 'runs issuer, echo upstream and gate on loopback to try out',
    usage: ['demo [--login]'],
    options: [['--login', 'people sign in: adds the sign-in pages and a page to look at']],
    readsConfiguration: false,
    exitCodes: [[0, 'a signal ended it'], [1, 'a port cannot be opened'], wrongUsage],
    examples: ['cogate demo', 'cogate demo --login'],
    page: 'docs/stand-in.md',
  },
}
