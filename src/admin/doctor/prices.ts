/** What active users cost in a month, in US dollars, as of November 2026: https://aws.amazon.com/cognito/pricing/. Users of SAML and OIDC are not counted apart. */

export type Plan = 'LITE' | 'ESSENTIALS' | 'PLUS'

interface Band {
  readonly from: number
  readonly each: number
}

/** Each price counts from its number of users on. */
const BANDS: Readonly<Record<Plan, readonly Band[]>> = {
  LITE: [
    { from: 10_000, each: 0.0055 },
    { from: 100_000, each: 0.0046 },
    { from: 1_000_000, each: 0.00325 },
    { from: 10_000_000, each: 0.0025 },
  ],
  ESSENTIALS: [{ from: 10_000, each: 0.015 }],
  PLUS: [{ from: 0, each: 0.02 }],
}

export function isPlan(text: string): text is Plan {
  return Object.hasOwn(BANDS, text)
}

/** In whole dollars. */
export function costOf(plan: Plan, users: number): number {
  const bands = BANDS[plan]
  const parts = bands.map(({ from, each }, index) => {
    const end = Math.min(users, bands[index + 1]?.from ?? users)
    return Math.max(0, end - from) * each
  })
  return Math.round(parts.reduce((sum, part) => sum + part, 0))
}

export function describePrice(plan: Plan): string {
  const [{ from, each } = { from: 0, each: 0 }] = BANDS[plan]
  return `$${each} / MAU${from === 0 ? '' : ` > ${from.toLocaleString('en')}`}`
}
