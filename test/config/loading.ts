/**
 * Loads configurations from plain values: no file system, no process environment.
 */
import type { Config } from '../../src/config/config.ts'
import type { LoadedConfig } from '../../src/config/load.ts'
import { loadConfig } from '../../src/config/load.ts'
import type { OptionTable } from '../../src/config/table/option-table.ts'
import type { ConfigIssue } from '../../src/errors.ts'
import { ConfigError } from '../../src/errors.ts'

export interface Sources {
  /** The text of cogate.yaml. */
  readonly yaml?: string
  readonly argv?: readonly string[]
  readonly env?: Readonly<Record<string, string | undefined>>
  /** The other files there are. */
  readonly files?: Readonly<Record<string, string>>
  readonly commandFlags?: Readonly<Record<string, 'switch' | 'value'>>
  /** Default: the real one. */
  readonly table?: OptionTable
}

/** The shortest file that loads; tests add other keys below it. */
export const POOL = 'userPools: [{ id: eu-west-1_AbCdEfGhI, clientIds: [client1] }]\n'

export const POOL_ENV = { COGATE_USER_POOL_ID: 'eu-west-1_AbCdEfGhI', COGATE_CLIENT_ID: 'client1' } as const

export function load({ yaml, argv = [], env = {}, files = {}, commandFlags = {}, table }: Sources): LoadedConfig {
  const all: Readonly<Record<string, string>> = yaml === undefined ? files : { ...files, 'cogate.yaml': yaml }
  const input = {
    argv: yaml === undefined ? argv : ['--config', 'cogate.yaml', ...argv],
    env,
    commandFlags,
    readFile(path: string) {
      const text = all[path]
      if (text === undefined) throw Object.assign(new Error('no such file'), { code: 'ENOENT' })
      return text
    },
  }
  return loadConfig(input, table)
}

/** A configuration of one user pool and `yaml`. */
export function loadYaml(yaml: string, files: Readonly<Record<string, string>> = {}): Config {
  return load({ yaml: POOL + yaml, files }).config
}

/** Every issue; [] when the configuration loads. */
export function issuesOf(sources: Sources): readonly ConfigIssue[] {
  try {
    load(sources)
    return []
  } catch (error) {
    if (error instanceof ConfigError) return error.issues
    throw error
  }
}

/** The issues of `yaml` beside one user pool, as `key: expected`. */
export function yamlIssues(yaml: string, files: Readonly<Record<string, string>> = {}): readonly ConfigIssue[] {
  return issuesOf({ yaml: POOL + yaml, files })
}
