/**
 * Rules about user pools. An issue names what people paste by mistake (ARNs, issuer URLs, identity pools, secrets) as
 * what it is, and never shows a secret.
 */

import type { UserPoolConfig } from '../config.ts'
import { isLoopbackHost, parseHttpUrl } from '../table/addresses.ts'
import type { KeyPath } from '../table/key.ts'
import type { RuleContext } from './rule.ts'

/** Every partition: us-gov-west-1, us-isob-east-1, eusc-de-east-1, cn-north-1, … */
const REGION = '[a-z]{2,4}(?:-[a-z]+)+-\\d+'
const POOL_ID = new RegExp(`^${REGION}_[A-Za-z0-9]+$`)
const POOL_ID_INSIDE = new RegExp(`${REGION}_[A-Za-z0-9]+`)
/** A pool id with another separator where the underscore belongs. */
const POOL_ID_MISSPELT = new RegExp(`^(${REGION})[-.:/ ]([A-Za-z0-9]+)$`)
const IDENTITY_POOL_ID = new RegExp(`^${REGION}:[0-9a-f-]{36}$`)
const REGION_ONLY = new RegExp(`^${REGION}$`)
const EXAMPLE_POOL = 'ap-northeast-1_AbCdEfGhI'
const EXAMPLE_CLIENT = '7h57kf5cf8b6sl9rexample'

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
    checkKeySource(pool, path, context)
    checkRegions(pool, path, context)
  }
  checkDuplicates(context)
}

function checkId(pool: UserPoolConfig, path: KeyPath, { report }: RuleContext): void {
  if (POOL_ID.test(pool.id)) return
  const problem = { path: [...path, 'id'], write: guessPoolId(pool.id) }
  if (pool.id.startsWith('arn:')) report({ ...problem, expected: 'the user pool id alone, not the ARN' })
  else if (pool.id.includes('://')) report({ ...problem, expected: 'the user pool id alone, not the issuer URL' })
  else if (IDENTITY_POOL_ID.test(pool.id))
    report({ ...problem, expected: 'a user pool id; this is the id of an identity pool, which signs no tokens' })
  else if (pool.issuer !== undefined) return
  else if (/^[a-z0-9]{20,32}$/.test(pool.id))
    report({ ...problem, expected: 'a user pool id; this looks like an app client id' })
  else
    report({
      ...problem,
      expected: 'a user pool id: region, underscore, name; any other id needs an issuer (emulators)',
    })
}

function guessPoolId(text: string): string {
  const [, region, name] = POOL_ID_MISSPELT.exec(text) ?? []
  return POOL_ID_INSIDE.exec(text)?.[0] ?? (region && name ? `${region}_${name}` : EXAMPLE_POOL)
}

function checkClients(pool: UserPoolConfig, path: KeyPath, context: RuleContext): void {
  const { report } = context
  const list = [...path, 'clientIds']
  for (const [index, id] of pool.clientIds.entries()) checkClientId(id, [...list, index], context)
  if (pool.clientIds.length === 0 && !pool.insecureAnyClient) {
    const expected =
      'the app clients whose tokens are accepted; every client of the pool only with insecureAnyClient: true'
    report({ path: list, found: 'none', expected, write: [EXAMPLE_CLIENT] })
  }
  if (pool.clientIds.length > 0 && pool.insecureAnyClient) {
    const expected = 'false when clientIds are listed: either the list or any client'
    report({ path: [...path, 'insecureAnyClient'], expected, write: false })
  }
}

function checkClientId(id: string, path: KeyPath, { report }: RuleContext): void {
  const problem = { path, write: EXAMPLE_CLIENT }
  if (id === '*')
    report({
      ...problem,
      expected:
        'the app client ids, one by one; to accept every client of the pool, write insecureAnyClient: true instead',
    })
  else if (POOL_ID.test(id)) report({ ...problem, expected: 'an app client id; this is a user pool id' })
  else if (/^[a-z0-9]{40,}$/.test(id)) {
    report({
      ...problem,
      found: `a value of ${id.length} characters`,
      expected:
        'an app client id; this looks like a client secret, which cogate never needs: keep it out of the configuration',
    })
  } else if (!/^[!-~]{1,128}$/.test(id) || id.includes(',')) {
    report({ ...problem, expected: 'an app client id: at most 128 visible ASCII characters, no comma' })
  }
}

function checkKeySource(pool: UserPoolConfig, path: KeyPath, { report }: RuleContext): void {
  for (const name of ['issuer', 'jwksUri'] as const) {
    const url = parseHttpUrl(pool[name] ?? '')
    if (url?.protocol !== 'http:' || isLoopbackHost(url.hostname)) continue
    const expected = 'https; whoever answers plain http on the network can forge tokens (http is for loopback only)'
    report({ path: [...path, name], expected, write: pool[name]?.replace('http:', 'https:') })
  }
  if (pool.jwksUri !== undefined && pool.jwksFile !== undefined) {
    report({ path: [...path, 'jwksUri'], expected: 'either jwksUri or jwksFile, not both', line: '# delete jwksUri' })
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
