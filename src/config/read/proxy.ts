/**
 * HTTPS_PROXY and NO_PROXY, which every tool of a host reads alike; small letters win, as with curl. HTTP_PROXY is not read: the gate fetches
 * nothing over plain http that may leave its network.
 */

import type { ConfigIssue } from '../../errors.ts'
import type { ProxyConfig } from '../config.ts'
import type { Environment } from './environment.ts'

/** Undefined: no proxy. An issue never shows the value, which may hold a password. */
export function readProxy(env: Environment): ProxyConfig | ConfigIssue | undefined {
  const [name, value] = firstOf(env, 'https_proxy', 'HTTPS_PROXY')
  if (value === '') return undefined
  const url = URL.parse(value.includes('://') ? value : `http://${value}`)
  if (url === null || !/^https?:$/.test(url.protocol) || !isDecodable(url)) return issueOf(name)
  const [, except] = firstOf(env, 'no_proxy', 'NO_PROXY')
  return {
    url: url.href,
    except: except
      .toLowerCase()
      .split(/[\s,]+/)
      .filter(Boolean),
  }
}

function firstOf(env: Environment, small: string, large: string): readonly [name: string, value: string] {
  return env[small] ? [small, env[small].trim()] : [large, (env[large] ?? '').trim()]
}

function isDecodable({ username, password }: URL): boolean {
  try {
    decodeURIComponent(username + password)
    return true
  } catch {
    return false
  }
}

function issueOf(name: string): ConfigIssue {
  const expected = 'an address such as http://proxy.example.com:3128, http or https'
  return {
    key: name,
    source: `environment ${name}`,
    found: '(not shown)',
    expected,
    fix: `${name}=http://proxy.example.com:3128`,
  }
}
