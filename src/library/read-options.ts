/**
 * Reads the options of the plugin and the demands of routes, with the table and the rules of the configuration file. An error
 * lists every mistake.
 */
import type { Config, RouteConfig } from '../config/config.ts'
import { loadObject } from '../config/load.ts'
import { renderIssues } from '../config/render/issue-text.ts'
import type { ConfigIssue } from '../errors.ts'
import { ConfigError } from '../errors.ts'
import { refuseKey } from './option-keys.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** Throws ConfigError, whose message says what to write. `env` is read for the proxy to the user pools alone. */
export function readOptions(options: unknown, env: Environment): Config {
  return explained(() => load(options, 'options of cogate', env))
}

function inRoute(key: string): string {
  return key.replace(/^routes\[0\]/, 'cogate')
}

/** Which requests a rule is for: a route knows that by itself. */
const placeKeys = ['path', 'methods', 'host', 'paths'] as const

/**
 * `demand` is `config.cogate` of a route, which `name` says in messages: `GET /orders`. Only the user pools of `options` are looked
 * at. Throws ConfigError.
 */
export function readDemand(demand: unknown, name: string, userPools: unknown): RouteConfig {
  const source = `config of the route ${name}`
  return explained(() => {
    if (typeof demand !== 'object' || demand === null || Array.isArray(demand))
      throw new ConfigError([noMapping(source)])
    const strays = placeKeys.filter((key) => Object.hasOwn(demand, key))
    if (strays.length > 0) throw new ConfigError(strays.map((key) => strayOf(key, source)))
    const compared = findParameter(demand)
    if (compared !== undefined) throw new ConfigError([parameterOf(compared, source)])
    const [rule] = load({ userPools, routes: [{ ...demand, path: '/*' }] }, source, {}).routes
    if (rule === undefined) throw new Error('a rule was read, and is not there')
    return rule
  }, inRoute)
}

function load(data: unknown, name: string, env: Environment): Config {
  return loadObject({
    data,
    name,
    env,
    refuse: (path, value) => refuseKey(path.filter((segment) => typeof segment === 'string').join('.'), value),
  })
}

function noMapping(source: string): ConfigIssue {
  const expected = 'an object with the keys of a rule'
  return { key: 'cogate', source, found: 'something else', expected, fix: "cogate: { auth: 'required' }" }
}

function strayOf(key: string, source: string): ConfigIssue {
  const expected = 'only what the route demands: which requests it is for says the route itself'
  return { key: `cogate.${key}`, source, found: `the key ${key}`, expected, fix: `// delete ${key}` }
}

/** A claim that is compared with a parameter: Fastify has patterns of its own, which are not read here. */
function findParameter(demand: object): string | undefined {
  const claims: unknown = Reflect.get(demand, 'claims')
  const values = typeof claims === 'object' && claims !== null ? Object.values(claims).flat() : []
  return values.find((value) => typeof value === 'string' && /^:(?!:)/.test(value))
}

function parameterOf(value: string, source: string): ConfigIssue {
  const expected = `a constant: a handler compares request.params with request.cogate.claims; the text ${value} is written :${value}`
  return { key: 'cogate.claims', source, found: value, expected, fix: '// compare it in the handler' }
}

/** Whoever starts an application reads the message of an error, and no member of it. */
function explained<T>(read: () => T, nameKey = (key: string) => key): T {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    const issues = error.issues.map(({ key, found, fix, ...issue }) => {
      const named = nameKey(key)
      return { ...issue, key: named, found: found === key ? named : found, fix: fix.replace(key, named) }
    })
    const told = new ConfigError(issues)
    told.message = `${told.message}\n\n${renderIssues(issues)}`
    throw told
  }
}
