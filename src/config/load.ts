/**
 * Reads flags, environment and file into one frozen `Config`, or throws a ConfigError with every mistake in all three.
 * Never returns a configuration that has an issue.
 */
import { ConfigError } from '../errors.ts'
import { checkRules } from './check/rules.ts'
import { checkStructure } from './check/structure.ts'
import type { Config } from './config.ts'
import { collectIssues } from './issues/issues.ts'
import type { Place } from './issues/place.ts'
import { assembleDraft } from './read/assemble.ts'
import type { Environment } from './read/environment.ts'
import { CONFIG_VARIABLE, readEnvironment } from './read/environment.ts'
import type { ReadFile } from './read/file-layer.ts'
import { readFileLayer, readTextFile } from './read/file-layer.ts'
import { readFlags } from './read/flags.ts'
import { mergeLayers } from './read/merge.ts'
import { readProxy } from './read/proxy.ts'
import { layerTexts } from './read/text-layer.ts'
import type { OptionTable } from './table/option-table.ts'
import { TABLE } from './table/options.ts'

export interface LoadInput {
  /** The flags of the configuration, `--config` included. A command removes its own flags before. */
  readonly argv: readonly string[]
  readonly env: Environment
  /** Reads the configuration file and every file it names; default: the file system. Throws like `readFileSync`. */
  readonly readFile?: ReadFile
}

export interface LoadedConfig {
  readonly config: Config
  /** Concrete key → `file:line:column`, `environment COGATE_X`, `flag --x` or `default`. */
  readonly origins: ReadonlyMap<string, string>
  /** Every file that was read, or should have been. */
  readonly files: ReadonlySet<string>
}

/** Throws ConfigError with all issues at once. `table` says which keys there are. */
export function loadConfig(
  { argv, env, readFile: read = readTextFile }: LoadInput,
  table: OptionTable = TABLE,
): LoadedConfig {
  const files = new Set<string>()
  const readFile = (path: string) => {
    files.add(path)
    return read(path)
  }
  const issues = collectIssues(table)
  const { options } = table
  const flags = readFlags(argv, { options, issues })
  const variables = readEnvironment(env, { options, issues, readFile })
  const named = nameFile(flags.configFile, env)
  const file = named && readFileLayer(named.text, named, { issues, readFile })
  const texts = [variables, flags.entries].flatMap((entries) => layerTexts(entries, { table, issues }))
  const layers = file ? [file, ...texts] : texts
  for (const layer of layers) checkStructure(layer, { table, issues })
  const given = mergeLayers(layers, { table, issues })
  const { config, origins } = assembleDraft(given, { table, issues })
  // When the file could not be read, every key in it would be reported as missing.
  if (!named || file) checkRules({ config, given, table, issues, readFile, hasFile: named !== undefined })
  const proxy = readProxy(env)
  const found = proxy !== undefined && 'fix' in proxy ? [...issues.list(), proxy] : issues.list()
  if (found.length > 0) throw new ConfigError(found)
  return { config: freezeDeep(proxy === undefined ? config : ({ ...config, proxy } as Config)), origins, files }
}

/** `--config` wins over COGATE_CONFIG; without either no file is read. */
function nameFile(flag: string | undefined, env: Environment): Place | undefined {
  if (flag !== undefined) return { kind: 'flag', name: '--config', text: flag, yaml: false }
  const text = env[CONFIG_VARIABLE]
  return text !== undefined ? { kind: 'environment', name: CONFIG_VARIABLE, text, yaml: false } : undefined
}

function freezeDeep<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value
  for (const child of Object.values(value)) freezeDeep(child)
  return Object.freeze(value)
}
