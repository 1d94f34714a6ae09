/**
 * What no single value shows: how the values of a configuration fit together, and what would be unsafe. Every rule runs;
 * none judges a key that already has an issue.
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
import { formatKey, parseKey } from '../table/key.ts'
import type { Option } from '../table/option.ts'
import { keyInItem } from '../table/option.ts'
import { fieldsOf } from '../table/options.ts'
import type { Rule, RuleContext } from './rule.ts'
import { checkFiles } from './rules-files.ts'
import { checkIdentityHeaders } from './rules-headers.ts'
import { checkListeners, checkRateLimit, checkTimes, checkUpstream } from './rules-network.ts'
import { checkUserPools } from './rules-pools.ts'
import { checkRoutes } from './rules-routes.ts'

export interface RulesInput {
  readonly config: Config
  readonly given: GivenByKey
  readonly issues: Issues
  readonly readFile: ReadFile
  /** A configuration file is in use: missing keys are shown as lines for it. */
  readonly hasFile: boolean
}

const RULES: readonly Rule[] = [
  checkListeners,
  checkUpstream,
  checkTimes,
  checkRateLimit,
  checkUserPools,
  checkRoutes,
  checkIdentityHeaders,
  checkFiles,
]

export function checkRules(input: RulesInput): void {
  reportMissing(input)
  const { config, issues, readFile } = input
  const locate = (path: KeyPath): Place => locateIn(input, path)
  const context: RuleContext = {
    config,
    readFile,
    hasFile: input.hasFile,
    whereIs: (path) => `${formatKey(path)} (${formatSource(locate(path))})`,
    report(problem) {
      if (!issues.isBroken(formatKey(problem.path))) issues.add(problem, locate(problem.path))
    },
  }
  for (const rule of RULES) rule(context)
}

function locateIn({ given, hasFile }: RulesInput, path: KeyPath): Place {
  const found = findGiven(given, formatKey(path), path)
  if (found) return found.layer.locate(path)
  return hasFile ? { kind: 'unset', name: '', text: '', yaml: true } : placeOfUnset(path)
}

/** Required keys, which only the merged layers can show to be missing. */
function reportMissing(input: RulesInput): void {
  const { config } = input
  const lists: readonly (readonly [string, number])[] = [
    ['userPools', config.userPools.length],
    ['routes', config.routes.length],
    ['identityHeaders.set', config.identityHeaders.set?.length ?? 0],
  ]
  for (const [list, length] of lists) {
    for (const field of fieldsOf(list).filter(({ required }) => required)) {
      for (let index = 0; index < length; index += 1) reportIfMissing(field, parseKey(`${list}[${index}]`), input)
    }
  }
}

function reportIfMissing(field: Option, item: KeyPath, input: RulesInput): void {
  const path = [...item, keyInItem(field)]
  if (input.given.has(formatKey(path)) || input.issues.isBroken(formatKey(path))) return
  const expected = `${keyInItem(field)}, which every item must have`
  input.issues.addBroken({ path, found: 'nothing', expected, write: field.example }, locateIn(input, path))
}
