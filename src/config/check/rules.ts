/**
 * Runs the rules, which judge what no single value shows: how the values of a configuration fit together, and what
 * would be unsafe. No rule judges a key that is already known to be wrong.
 */
import type { Config } from '../config.ts'
import type { Issues } from '../issues/issues.ts'
import type { Place } from '../issues/place.ts'
import { formatSource } from '../issues/place.ts'
import type { ReadFile } from '../read/file-layer.ts'
import type { GivenByKey } from '../read/merge.ts'
import { findGiven } from '../read/merge.ts'
import { placeOfUnset } from '../read/text-layer.ts'
import type { KeyPath } from '../table/key.ts'
import { formatKey } from '../table/key.ts'
import type { Option } from '../table/option.ts'
import { isField } from '../table/option.ts'
import type { OptionTable, TableNode } from '../table/option-table.ts'
import { checkCredentials } from './identity/rules-credentials.ts'
import { checkIdentityToken, checkResourceMetadata } from './identity/rules-published.ts'
import type { Rule, RuleContext } from './rule.ts'
import { checkAnswers } from './rules-answers.ts'
import { checkFiles } from './rules-files.ts'
import { checkIdentityHeaders, checkUpstreamHeaders } from './rules-headers.ts'
import { checkForwardAuth, checkListeners, checkRateLimit, checkSizes, checkTimes } from './rules-network.ts'
import { checkUserPools } from './rules-pools.ts'
import { checkRedis } from './rules-redis.ts'
import { checkRoutes } from './rules-routes.ts'
import { checkUpstreams } from './rules-upstreams.ts'
import { checkAuthApi } from './sign-in/rules-auth-api.ts'
import { checkLogin } from './sign-in/rules-login.ts'

export interface RulesInput {
  readonly config: Config
  readonly given: GivenByKey
  readonly table: OptionTable
  readonly issues: Issues
  readonly readFile: ReadFile
  /** A configuration file is in use, so a missing key is shown as a line for the file, not as a variable. */
  readonly hasFile: boolean
}

const RULES: readonly Rule[] = [
  checkListeners,
  checkForwardAuth,
  checkUpstreams,
  checkTimes,
  checkSizes,
  checkRateLimit,
  checkUserPools,
  checkCredentials,
  checkRoutes,
  checkIdentityHeaders,
  checkUpstreamHeaders,
  checkAnswers,
  checkLogin,
  checkAuthApi,
  checkResourceMetadata,
  checkIdentityToken,
  checkRedis,
  checkFiles,
]

export function checkRules(input: RulesInput): void {
  reportMissing(input.table.root, [], input)
  const { config, issues, readFile } = input
  const locate = (path: KeyPath): Place => locateIn(input, path)
  const isBroken = (path: KeyPath): boolean => issues.isBroken(formatKey(path))
  const context: RuleContext = {
    config,
    readFile,
    isBroken,
    hasFile: input.hasFile,
    whereIs: (path) => `${formatKey(path)} (${formatSource(locate(path))})`,
    report(problem) {
      if (!isBroken(problem.path)) issues.add(problem, locate(problem.path))
    },
  }
  for (const rule of RULES) rule(context)
}

function locateIn({ given, table, hasFile }: RulesInput, path: KeyPath): Place {
  const found = findGiven(given, path)
  if (found) return found.layer.locate(path)
  if (!hasFile) return placeOfUnset(path, table)
  const unset = { kind: 'unset', name: '', text: '', yaml: true } as const
  return isAlone(path, given) ? { ...unset, whole: true } : unset
}

/** Nothing beside the key is set: `domain: …` alone would be read as a key of the root. */
function isAlone(path: KeyPath, given: GivenByKey): boolean {
  const [first] = path
  if (path.length < 2 || path.some((name) => typeof name === 'number')) return false
  return ![...given.keys()].some((key) => key.startsWith(`${first}.`))
}

/** Reports required keys that no layer sets. */
function reportMissing(node: TableNode, path: KeyPath, input: RulesInput): void {
  if (node.kind === 'mapping') {
    for (const [name, child] of node.keys) reportMissing(child, [...path, name], input)
    return
  }
  const found = input.given.get(formatKey(path))
  if (found === undefined && node.option.required) reportIfMissing(node.option, path, input)
  if (node.kind !== 'list' || !Array.isArray(found?.raw)) return
  for (const [name, child] of node.item.keys) {
    for (const index of found.raw.keys()) reportMissing(child, [...path, index, name], input)
  }
}

function reportIfMissing(option: Option, path: KeyPath, input: RulesInput): void {
  // A rule reports a list that is missing or empty in words of its own.
  const isWholeList = option.type.kind === 'objects' && !isField(option)
  if (isWholeList || input.issues.isBroken(formatKey(path))) return
  const name = formatKey(path.slice(path.findLastIndex((segment) => typeof segment === 'number') + 1))
  const expected = `${name}, which ${isField(option) ? 'every item' : 'a configuration'} must have`
  input.issues.addBroken({ path, found: 'nothing', expected, write: option.example }, locateIn(input, path))
}
