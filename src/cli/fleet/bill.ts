/** The bill of one month: estimates of active users with their prices, as data and as text. */
import type { Activity, ActivityKind } from '../../ops/cost/active-users.ts'
import { activityKinds } from '../../ops/cost/active-users.ts'
import { standardError } from '../../ops/cost/sketch.ts'
import type { Band, Plan } from './prices.ts'
import { federatedBands, priceOf, priceSource, pricesOf, tokenBands, userBands } from './prices.ts'

export interface Bill {
  /** As `2026-11`, in UTC. Undefined: nobody was seen. */
  readonly month: string | undefined
  readonly plan: Plan
  readonly pools: readonly PoolActivity[]
  readonly lines: readonly BillLine[]
  /** US dollars for one month. */
  readonly total: number
  /** The share by which an estimate may be wrong, in 95 of 100 cases. */
  readonly error: number
  readonly pricesOf: string
  readonly priceSource: string
  readonly cannotSee: readonly string[]
}

interface PoolActivity extends Readonly<Record<ActivityKind, number>> {
  readonly pool: string
}

interface BillLine {
  readonly kind: ActivityKind
  readonly count: number
  /** US dollars. */
  readonly price: number
}

const cannotSee = [
  'Users who never come to these gates: other apps of the pool, sign-ups, sign-ins whose token is used elsewhere, and what an administrator does.',
  'Users who were active before the gates counted, if no activeUsers.file has kept them.',
  'A user who has signed in both ways counts in both lines; Cognito counts one. A local user who is linked to an identity provider counts as user; Cognito counts a federated one.',
  'Free allowances are for an AWS account, or an organization. SMS, mail, quotas, add-ons and taxes are not in it.',
]

export function billOf(activity: readonly Activity[], month: string | undefined, plan: Plan): Bill {
  const bands: Readonly<Record<ActivityKind, readonly Band[]>> = {
    user: userBands[plan],
    federated: federatedBands,
    machine: tokenBands,
  }
  const lines = activityKinds.map((kind) => {
    const count = sum(activity.filter((one) => one.kind === kind))
    return { kind, count, price: toCents(priceOf(count, bands[kind])) }
  })
  const pools = [...Map.groupBy(activity, ({ pool }) => pool)].map(([pool, own]) => {
    const of = (kind: ActivityKind): number => sum(own.filter((one) => one.kind === kind))
    return { pool, user: of('user'), federated: of('federated'), machine: of('machine') }
  })
  const total = toCents(lines.reduce((all, { price }) => all + price, 0))
  return { month, plan, pools, lines, total, error: 2 * standardError, pricesOf, priceSource, cannotSee }
}

function sum(activity: readonly Activity[]): number {
  return activity.reduce((total, { estimate }) => total + estimate, 0)
}

function toCents(dollars: number): number {
  return Math.round(dollars * 100) / 100
}

const names: Readonly<Record<ActivityKind, string>> = {
  user: 'users (of the pool and of social providers)',
  federated: 'users of SAML and OpenID Connect providers',
  machine: 'tokens of machines',
}

export function renderBill(bill: Bill): string {
  const { month, plan, pools, lines, total, error } = bill
  if (month === undefined || pools.length === 0) return `No active users${month ? ` in ${month}` : ''}.\n`
  const percent = (error * 100).toFixed(1)
  return [
    `Active users in ${month} (UTC), estimated: ±${percent} % in 95 of 100 cases`,
    ...pools.flatMap((pool) => ['', pool.pool, ...activityKinds.map((kind) => row(names[kind], count(pool[kind])))]),
    '',
    `Price with the plan ${plan}, all pools together`,
    ...lines.map((line) => row(names[line.kind], count(line.count), money(line.price))),
    row('total', '', money(total)),
    `List of ${bill.pricesOf}, US East: ${bill.priceSource}`,
    '',
    'What this cannot see',
    ...bill.cannotSee.map((text) => `- ${text}`),
    '',
  ].join('\n')
}

function row(name: string, ...cells: readonly string[]): string {
  return `  ${name.padEnd(46)}${cells.map((cell) => cell.padStart(14)).join('')}`
}

function count(number: number): string {
  return number.toLocaleString('en-US')
}

function money(dollars: number): string {
  return `$${dollars.toLocaleString('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 })}`
}
