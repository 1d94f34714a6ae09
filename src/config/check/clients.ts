/**
 * Rules about app clients: which ids AWS can give them, and what people paste instead. Never shows a client secret.
 */
import type { UserPoolConfig } from '../config.ts'
import { CLIENT_ID, EXAMPLE_CLIENT, guessClientId, LOOKS_SECRET, POOL_ID } from '../table/cognito-ids.ts'
import type { KeyPath } from '../table/key.ts'
import type { RuleContext } from './rule.ts'

export function checkClients(pool: UserPoolConfig, path: KeyPath, context: RuleContext): void {
  const { report, isBroken } = context
  const list = [...path, 'clientIds']
  for (const [index, id] of pool.clientIds.entries()) checkClientId(id, [...list, index], context)
  if (pool.clientIds.length === 0 && !pool.insecureAnyClient && !isBroken([...path, 'insecureAnyClient'])) {
    const expected =
      'the app clients whose tokens are accepted; every client of the pool only with insecureAnyClient: true'
    report({ path: list, found: 'none', expected, write: [EXAMPLE_CLIENT] })
  }
  if (pool.clientIds.length > 0 && pool.insecureAnyClient) {
    const expected = 'false when clientIds are listed: either the list or any client'
    report({ path: [...path, 'insecureAnyClient'], expected, write: false })
  }
}

/** True when AWS could have given this id. */
export function checkClientId(id: string, path: KeyPath, { report }: RuleContext): boolean {
  const mistake = findMistake(id)
  if (mistake) report({ path, write: guessClientId(id) ?? EXAMPLE_CLIENT, ...mistake })
  return mistake === undefined
}

function findMistake(id: string): { readonly expected: string; readonly found?: string } | undefined {
  if (id === '*')
    return {
      expected:
        'the app client ids, one by one; to accept every client of the pool, write insecureAnyClient: true instead',
    }
  if (POOL_ID.test(id)) return { expected: 'an app client id; this is a user pool id' }
  if (LOOKS_SECRET.test(id))
    return {
      found: `a value of ${id.length} characters`,
      expected:
        'an app client id; this looks like a client secret, which cogate never needs: keep it out of the configuration',
    }
  if (/\$\(|[{}]/.test(id))
    return { expected: 'an app client id; nothing has put a value in the place of this variable' }
  return CLIENT_ID.test(id) ? undefined : { expected: 'an app client id: letters, digits, _ and +, at most 128' }
}
