/**
 * Rules about user pools. An issue names what people paste by mistake (ARNs, issuer URLs, identity pools, secrets) as
 * what it is, and never shows a secret.
 */

import type { UserPoolConfig } from '../config.ts'
import {
  EXAMPLE_CLIENT,
  EXAMPLE_POOL,
  guessPoolId,
  IDENTITY_POOL_ID,
  OWN_ID,
  POOL_ID,
  POOL_ID_AT_END,
  POOL_ID_MISSPELT,
  REGION_ONLY,
} from '../table/cognito-ids.ts'
import type { KeyPath } from '../table/key.ts'
import { checkClients } from './clients.ts'
import { checkIssuer, checkKeySource } from './key-source.ts'
import type { RuleContext } from './rule.ts'

export function checkUserPools(context: RuleContext): void {
  const { userPools } = context.config
  if (userPools.length === 0) {
    const expected = 'at least one user pool; its tokens are the ones that are accepted'
    const variables = { line: `COGATE_USER_POOL_ID=${EXAMPLE_POOL} COGATE_CLIENT_ID=${EXAMPLE_CLIENT}` }
    const list = { write: [{ id: EXAMPLE_POOL, clientIds: [EXAMPLE_CLIENT] }] }
    context.report({ path: ['userPools'], found: 'none', expected, ...(context.hasFile ? list : variables) })
  }
  for (const [index, pool] of userPools.entries()) {
    const path = ['userPools', index]
    checkId(pool, path, context)
    checkClients(pool, path, context)
    checkIssuer(pool, path, context)
    checkKeySource(pool, path, context)
    checkRegions(pool, path, context)
  }
  checkDuplicates(context)
}

function checkId(pool: UserPoolConfig, path: KeyPath, { report }: RuleContext): void {
  const inIssuer = pool.issuer === undefined ? undefined : POOL_ID_AT_END.exec(pool.issuer)?.[1]
  if (inIssuer === undefined ? POOL_ID.test(pool.id) : pool.id === inIssuer) return
  const problem = { path: [...path, 'id'], write: inIssuer ?? guessPoolId(pool.id) }
  if (pool.id.startsWith('arn:')) report({ ...problem, expected: 'the user pool id alone, not the ARN' })
  else if (pool.id.includes('://')) report({ ...problem, expected: 'the user pool id alone, not the issuer URL' })
  else if (IDENTITY_POOL_ID.test(pool.id))
    report({ ...problem, expected: 'a user pool id; this is the id of an identity pool, which signs no tokens' })
  else if (inIssuer !== undefined) report({ ...problem, expected: `the id with which the issuer ends, ${inIssuer}` })
  else if (pool.issuer !== undefined) checkOwnId(pool.id, problem.path, report)
  else if (/^[a-z0-9]{20,32}$/.test(pool.id))
    report({ ...problem, expected: 'a user pool id; this looks like an app client id' })
  else
    report({
      ...problem,
      expected: 'a user pool id: region, underscore, name; any other id needs an issuer (emulators)',
    })
}

/** The id of an emulator, whose issuer does not end with it. */
function checkOwnId(id: string, path: KeyPath, report: RuleContext['report']): void {
  if (POOL_ID_MISSPELT.test(id)) {
    report({ path, expected: 'a user pool id: region, underscore, name', write: guessPoolId(id) })
  } else if (!OWN_ID.test(id)) {
    const bare = id.replaceAll(/[^\w.-]/g, '')
    report({ path, expected: 'an id of letters, digits, - . and _', write: OWN_ID.test(bare) ? bare : EXAMPLE_POOL })
  }
}

function checkRegions(pool: UserPoolConfig, path: KeyPath, { report }: RuleContext): void {
  for (const [index, region] of pool.additionalRegions.entries()) {
    if (REGION_ONLY.test(region)) continue
    report({
      path: [...path, 'additionalRegions', index],
      expected: 'an AWS Region such as eu-west-1',
      write: 'eu-west-1',
    })
  }
}

/** Reports two entries with the same id or the same issuer: whose clients count would be a guess. */
function checkDuplicates({ config, report, whereIs }: RuleContext): void {
  for (const name of ['id', 'issuer'] as const) {
    const seen = new Map<string, number>()
    for (const [index, pool] of config.userPools.entries()) {
      const value = pool[name]
      const first = value === undefined ? undefined : seen.get(value)
      if (first !== undefined) {
        const expected = `each ${name} once; it is also ${whereIs(['userPools', first, name])}: join the two entries`
        report({ path: ['userPools', index, name], expected, line: `# delete userPools[${index}]` })
      } else if (value !== undefined) seen.set(value, index)
    }
  }
}
