/**
 * What the configuration opens although it reads like a small thing: report mode, every path, networks that are wider than they
 * look. None of it is a fault by itself.
 */
import { isIP } from 'node:net'
import type { Config } from '../../config/config.ts'
import { reportModeText } from '../../ops/log.ts'
import type { Finding } from './finding.ts'
import { warn } from './finding.ts'

export function inspectOpenings(config: Config): readonly Finding[] {
  const texts = [...inspectReportMode(config), ...inspectEveryPath(config), ...inspectTrust(config)]
  return texts.map((text) => warn('openings', text))
}

function inspectReportMode({ mode, routes }: Config): readonly string[] {
  if (mode === 'report') return [reportModeText]
  const paths = routes.filter((route) => route.mode === 'report').map(({ path }) => path)
  return paths.length === 0 ? [] : [`routes: rules in report mode refuse nothing: ${paths.join(', ')}`]
}

function inspectEveryPath({ routes }: Config): readonly string[] {
  const open = routes.filter(({ path, auth }) => path === '/*' && (auth === 'none' || auth === 'optional'))
  return open.map(({ auth, host }) => {
    const where = host === undefined ? '/*' : `/* of ${host}`
    return `routes: auth: ${auth} for ${where} lets everybody reach every path that no other rule is for`
  })
}

function inspectTrust({ forwarded, forwardAuth }: Config): readonly string[] {
  const rights = forwardAuth.enabled
    ? 'can claim any client address, and may ask (forwardAuth.enabled)'
    : 'can claim any client address'
  return forwarded.trust.flatMap((cidr) => {
    const [address = '', bits = ''] = cidr.split('/')
    if (isWide(address, Number(bits)))
      return [`forwarded.trust: everybody in ${cidr} ${rights}; list the networks of your proxies alone`]
    if (!bitsOf(address).slice(Number(bits)).includes('1')) return []
    return [`forwarded.trust: ${cidr} is a whole network; write ${address} for the one address`]
  })
}

/** Wider than the largest private networks, 10.0.0.0/8 and fc00::/7. `::ffff:0:0/96` is all of IPv4. */
function isWide(address: string, bits: number): boolean {
  if (isIP(address) === 4) return bits < 8
  const network = bitsOf(address).slice(0, bits)
  return bits < 7 || mapped.startsWith(network) || (network.startsWith(mapped) && bits < mapped.length + 8)
}

const mapped = `${'0'.repeat(80)}${'1'.repeat(16)}`

/** An address as digits of base 2. */
function bitsOf(address: string): string {
  if (isIP(address) === 4)
    return address
      .split('.')
      .map((part) => binary(part, 10, 8))
      .join('')
  // In hexadecimal groups alone, without an IPv4 address at the end.
  const [left = '', right = ''] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::')
  const ends = [left, right].map((part) =>
    (part === '' ? [] : part.split(':')).map((group) => binary(group, 16, 16)).join(''),
  )
  return `${ends[0]}${'0'.repeat(128 - ends.join('').length)}${ends[1]}`
}

function binary(digits: string, base: number, width: number): string {
  return Number.parseInt(digits, base).toString(2).padStart(width, '0')
}
