/**
 * Reads flags, environment and file, or an object, into one frozen `Config`, or throws a ConfigError with every mistake in all three.
 * Never returns a configuration that has an issue.
 */
import type { ConfigIssue } from '../errors.ts'
import { ConfigError } from '../errors.ts'
import { checkRules } from './check/rules.ts'
import { checkStructure } from './check/structure/structure.ts'
import type { Config, ListenAddress } from './config.ts'
import type { Issues } from './issues/issues.ts'
import { collectIssues } from './issues/issues.ts'
import type { Place } from './issues/place.ts'
import { assembleDraft } from './read/assemble.ts'
import type { Environment } from './read/environment.ts'
import { CONFIG_VARIABLE, readEnvironment } from './read/environment.ts'
import type { ReadFile } from './read/file-layer.ts'
import { readFileLayer, readTextFile } from './read/file-layer.ts'
import { readFlags } from './read/flags.ts'
import type { Layer } from './read/layer.ts'
import { mergeLayers } from './read/merge.ts'
import { readObjectLayer } from './read/object-layer.ts'
import { readProxy } from './read/proxy.ts'
import { layerTexts } from './read/text-layer.ts'
import type { KeyPath } from './table/key.ts'
import { formatKey } from './table/key.ts'
import type { OptionTable } from './table/option-table.ts'
import { findNode } from './table/option-table.ts'
import { TABLE } from './table/options.ts'

export interface LoadInput {
  /** The flags of the configuration, `--config` included. A command removes its own flags before. */
  readonly argv: readonly string[]
  readonly env: Environment
  /** Flags of the command itself, which `argv` no longer holds. A message names the one that was meant. */
  readonly commandFlags?: Readonly<Record<string, 'switch' | 'value'>>
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
export function loadConfig(input: LoadInput, table: OptionTable = TABLE): LoadedConfig {
  const { env, readFile: read = readTextFile } = input
  const files = new Set<string>()
  const readFile = (path: string) => {
    files.add(path)
    return read(path)
  }
  return { ...conclude(readDraft({ ...input, readFile }, table), { env, readFile }), files }
}

/**
 * Where the ops listener of a gate with this configuration is, whatever else is wrong with it. Throws ConfigError when
 * this cannot be known: a flag that nothing reads, a file that cannot be read, no address.
 */
export function findOpsListener(input: LoadInput): { readonly listen: ListenAddress; readonly source: string } {
  const { issues, config, origins, hasFile } = readDraft(input, TABLE)
  const matters = (issue: ConfigIssue) => issue.source.startsWith('flag ') || /^(?:config|ops)(?:\.|$)/.test(issue.key)
  const found = issues.list().filter((issue) => hasFile === false || matters(issue))
  if (found.length > 0) throw new ConfigError(found)
  return { listen: config.ops.listen, source: origins.get('ops.listen') ?? 'default' }
}

export interface ObjectInput {
  readonly data: unknown
  /** What messages call it: `options of cogate`. */
  readonly name: string
  /** For the variables of the proxy alone. */
  readonly env: Environment
  /** Why a key of the table counts for nothing here; undefined where it counts. */
  readonly refuse: (path: KeyPath, value: unknown) => string | undefined
}

/** As `loadConfig`, from an object that has the keys of the file. Reads no other variable than those of the proxy. */
export function loadObject({ data, name, env, refuse }: ObjectInput): Config {
  const table = TABLE
  const issues = collectIssues(table)
  const layer = readObjectLayer(data, name, (path, value) => {
    // The check of the structure knows what an unknown key was meant to be.
    const expected = findNode(path, table) && refuse(path, value)
    if (expected === undefined) return false
    const place = { kind: 'object', name, text: '', yaml: true } as const
    issues.addBroken({ path, expected, found: formatKey(path), line: `// delete ${formatKey(path)}` }, place)
    return true
  })
  return conclude(readLayers([layer], { table, issues, hasFile: true }), { env, readFile: readTextFile }).config
}

interface Reading {
  readonly table: OptionTable
  readonly issues: Issues
  /** Undefined: there is none. False: it could not be read, so nothing can be said about the whole. */
  readonly hasFile: boolean | undefined
}

function readDraft({ argv, env, commandFlags, readFile = readTextFile }: LoadInput, table: OptionTable) {
  const issues = collectIssues(table)
  const { options } = table
  const flags = readFlags(argv, { options, issues, commandFlags })
  const variables = readEnvironment(env, { options, issues, readFile })
  const named = nameFile(flags.configFile, env)
  const file = named && readFileLayer(named.text, named, { issues, readFile })
  const texts = [variables, flags.entries].flatMap((entries) => layerTexts(entries, { table, issues }))
  return readLayers(file ? [file, ...texts] : texts, { table, issues, hasFile: named && file !== undefined })
}

/** Everything but the rules about a whole configuration. What has an issue holds its default. */
function readLayers(layers: readonly Layer[], reading: Reading) {
  const { table, issues } = reading
  for (const layer of layers) checkStructure(layer, { table, issues })
  const given = mergeLayers(layers, { table, issues })
  return { ...reading, given, ...assembleDraft(given, { table, issues }) }
}

interface Surroundings {
  readonly env: Environment
  readonly readFile: ReadFile
}

/** When the file could not be read, every key in it would be reported as missing. */
function conclude(
  { table, issues, given, config, origins, hasFile }: ReturnType<typeof readLayers>,
  { env, readFile }: Surroundings,
): Omit<LoadedConfig, 'files'> {
  if (hasFile !== false) checkRules({ config, given, table, issues, readFile, hasFile: hasFile === true })
  const proxy = readProxy(env)
  const found = proxy !== undefined && 'fix' in proxy ? [...issues.list(), proxy] : issues.list()
  if (found.length > 0) throw new ConfigError(found)
  return { config: freezeDeep(proxy === undefined ? config : ({ ...config, proxy } as Config)), origins }
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
