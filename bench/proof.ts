/**
 * Before anything is measured, a contender has to show that it gates: good tokens pass, everything else is refused. A
 * figure of a gate that is open is worth nothing.
 */
import type { Running } from './contenders/contender.ts'
import { statusOf } from './network.ts'
import type { World } from './world.ts'

/** What went wrong, or undefined. */
export async function findGap(
  { url }: Pick<Running, 'url'>,
  { tokens }: Pick<World, 'tokens'>,
): Promise<string | undefined> {
  const refused = (status: number): boolean => status === 401 || status === 403
  const attempts = [
    { what: 'a good token', token: tokens.hot.tokens.at(-1), isRight: (status: number) => status === 200 },
    { what: 'no token', token: undefined, isRight: refused },
    { what: 'a bad signature', token: tokens.tampered.tokens[0], isRight: refused },
    { what: 'a key the pool does not have', token: tokens.foreign.tokens[0], isRight: refused },
    { what: 'an expired token', token: tokens.expired.tokens[0], isRight: refused },
  ]
  for (const { what, token, isRight } of attempts) {
    const status = await statusOf(`${url}/proof`, token)
    if (!isRight(status)) return `answers ${what} with ${status}`
  }
  return undefined
}
