/** Which pool an administrator's command is about, and the configuration of the gate in front of it. */
import { isPoolId } from '../../admin/cognito.ts'
import type { Config } from '../../config/config.ts'
import { loadConfig } from '../../config/load.ts'
import type { Terminal } from '../command.ts'

export interface FoundPool {
  readonly poolId: string
  /** Undefined: there is no configuration here. */
  readonly config: Config | undefined
}

/** A text: what is wrong with the words. Throws ConfigError for a configuration that is given and wrong. */
export function findPool(named: string | undefined, rest: readonly string[], env: Terminal['env']): FoundPool | string {
  if (named !== undefined && !isPoolId(named)) return `--pool ${named}: expected an id such as ap-northeast-1_AbCdEfGhI`
  const isConfigured = rest.length > 0 || Object.keys(env).some((name) => name.startsWith('COGATE_'))
  if (named !== undefined && !isConfigured) return { poolId: named, config: undefined }
  const { config } = loadConfig({ argv: rest, env })
  const ids = config.userPools.map(({ id }) => id)
  const [only = ''] = ids
  if (named === undefined && ids.length > 1) return `which pool? --pool ${ids.join(' or --pool ')}`
  return { poolId: named ?? only, config }
}

/** As `cogate explain` has it. */
export function readLanguage(given: string | undefined, env: Terminal['env']): 'en' | 'ja' | undefined {
  const lang = given ?? (/^ja\b/.test(env['LC_ALL'] ?? env['LANG'] ?? '') ? 'ja' : 'en')
  return lang === 'en' || lang === 'ja' ? lang : undefined
}
