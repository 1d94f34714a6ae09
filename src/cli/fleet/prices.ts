/**
 * What Amazon Cognito asks for active users and machine tokens, as dated data. No price may be anywhere else.
 * A price list that changes is changed here, with its date.
 */

/** When the list was last compared with its sources. */
export const pricesOf = '2026-09-22'
export const priceSource = 'https://aws.amazon.com/cognito/pricing/'

/** The price of one, up to this number in total; the last one has no end. In US dollars. */
export interface Band {
  readonly upTo: number
  readonly price: number
}

export const plans = ['lite', 'essentials', 'plus'] as const
export type Plan = (typeof plans)[number]

const rest = Number.POSITIVE_INFINITY

/** Users of the pool itself and of social providers. The first band is the free allowance of an AWS account. */
export const userBands: Readonly<Record<Plan, readonly Band[]>> = {
  lite: [
    { upTo: 10_000, price: 0 },
    { upTo: 100_000, price: 0.0055 },
    { upTo: 1_000_000, price: 0.0046 },
    { upTo: 10_000_000, price: 0.00325 },
    { upTo: rest, price: 0.0025 },
  ],
  essentials: [
    { upTo: 10_000, price: 0 },
    { upTo: rest, price: 0.015 },
  ],
  plus: [{ upTo: rest, price: 0.02 }],
}

/** On every plan: users whom an identity provider of SAML or OpenID Connect has signed in. */
export const federatedBands: readonly Band[] = [
  { upTo: 50, price: 0 },
  { upTo: rest, price: 0.015 },
]

/** Tokens of client credentials. There are discounts for large volumes, which are not public data of this list. */
export const tokenBands: readonly Band[] = [{ upTo: rest, price: 0.00225 }]

/** US dollars for so many. */
export function priceOf(count: number, bands: readonly Band[]): number {
  const sums = bands.map(({ upTo, price }, at) => {
    const from = bands[at - 1]?.upTo ?? 0
    return Math.max(0, Math.min(count, upTo) - from) * price
  })
  return sums.reduce((sum, one) => sum + one, 0)
}
