/** `cogate doctor`: what a user pool looks like to an experienced administrator. Changes nothing. */
import type { Config } from '../../config/config.ts'
import { checkClients, checkDomains } from './checks/check-clients.ts'
import { checkGate } from './checks/check-gate.ts'
import { checkPool } from './checks/check-pool.ts'
import { checkUsers } from './checks/check-users.ts'
import { writeCommands } from './commands.ts'
import type { PoolFacts } from './facts.ts'
import type { Finding } from './findings.ts'
import { find } from './findings.ts'

export interface Diagnosis {
  readonly pool: { readonly id: string; readonly name: string }
  readonly findings: readonly Finding[]
  /** Of the AWS CLI, each whole. */
  readonly commands: readonly string[]
}

/** `config`: of the gate in front of the pool, if there is one. */
export function diagnose(facts: PoolFacts, config: Config | undefined): Diagnosis {
  const findings = [
    ...checkPool(facts),
    ...checkDomains(facts),
    ...checkClients(facts),
    ...checkUsers(facts),
    ...(config === undefined ? [] : checkGate(config, facts)),
    ...notLookedAt(facts),
  ]
  return { pool: { id: facts.id, name: facts.pool.Name ?? '' }, findings, commands: writeCommands(findings, facts) }
}

function notLookedAt({ denied }: PoolFacts): readonly Finding[] {
  if (denied.length === 0) return []
  return [find('not_looked_at', { actions: denied.map((action) => `cognito-idp:${action}`).join(', ') })]
}
