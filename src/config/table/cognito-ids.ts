/**
 * Ids of user pools and app clients, and the ids that are meant where people paste something around them.
 */

/** Every partition: us-gov-west-1, us-isob-east-1, eusc-de-east-1, cn-north-1, … */
const REGION = '[a-z]{2,4}(?:-[a-z]+)+-\\d+'
export const POOL_ID = new RegExp(`^${REGION}_[A-Za-z0-9]+$`)
const POOL_ID_INSIDE = new RegExp(`${REGION}_[A-Za-z0-9]+`)
/** A pool id with another separator where the underscore belongs. */
export const POOL_ID_MISSPELT = new RegExp(`^(${REGION})[-.:/ ]([A-Za-z0-9]+)$`)
/** The id with which an issuer ends, of Cognito and of its emulators: `local_AbCdEfGh`. */
export const POOL_ID_AT_END = /\/([\w-]+_[A-Za-z0-9]+)$/
/** Any other emulator's. */
export const OWN_ID = /^[\w.-]{1,128}$/
export const IDENTITY_POOL_ID = new RegExp(`^${REGION}:[0-9a-f-]{36}$`)
export const REGION_ONLY = new RegExp(`^${REGION}$`)
export const EXAMPLE_POOL = 'ap-northeast-1_AbCdEfGhI'

/** ClientIdType of the Cognito API reference. */
export const CLIENT_ID = /^[\w+]{1,128}$/
export const LOOKS_SECRET = /^[a-z0-9]{40,}$/
export const EXAMPLE_CLIENT = '7h57kf5cf8b6sl9rexample'

/** The example when nothing in the text looks like one. */
export function guessPoolId(text: string): string {
  const [, region, name] = POOL_ID_MISSPELT.exec(text) ?? []
  return POOL_ID_INSIDE.exec(text)?.[0] ?? (region && name ? `${region}_${name}` : EXAMPLE_POOL)
}

/** In quotes, as env files keep them, or at the end of an ARN or a URL. Otherwise nobody can know it. */
export function guessClientId(id: string): string | undefined {
  const isNamed = /^["'\s]*[\w+]+["'\s]*$|clients?[/:][\w+]+["'\s/]*$/.test(id)
  const [last = ''] = /[\w+]+$/.exec(id.replace(/["'\s/]+$/, '')) ?? []
  return isNamed && CLIENT_ID.test(last) && !LOOKS_SECRET.test(last) ? last : undefined
}
