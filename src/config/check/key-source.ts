/**
 * Rules about the issuer of a user pool and where its keys come from: nobody on the network may be able to give the gate
 * keys, and tokens must be able to name the issuer.
 */
import type { UserPoolConfig } from '../config.ts'
import { bareIssuer } from '../issues/mend.ts'
import { isLoopbackHost, parseHttpUrl } from '../table/addresses.ts'
import { REGION_ONLY } from '../table/cognito-ids.ts'
import type { KeyPath } from '../table/key.ts'
import type { RuleContext } from './rule.ts'

/** Of Cognito itself. */
const ISSUER_REGION = /^https:\/\/(?:issuer-)?cognito-idp\.([^./]+)\./

export function checkIssuer({ issuer, id }: UserPoolConfig, path: KeyPath, { report }: RuleContext): void {
  if (issuer === undefined) return
  const problem = { path: [...path, 'issuer'] }
  const bare = bareIssuer(issuer)
  if (bare !== issuer) {
    const expected = 'the issuer exactly as tokens name it, without a slash or .well-known at its end'
    report({ ...problem, expected, write: bare })
    return
  }
  const region = ISSUER_REGION.exec(issuer)?.[1]
  const own = id.split('_', 1)[0] ?? ''
  // The pools of emulators have ids of their own below a Region of AWS: `local_AbC`.
  if (region === undefined || region === own || !REGION_ONLY.test(own) || !issuer.endsWith(`/${id}`)) return
  report({ ...problem, expected: `the region of the user pool, ${own}`, write: issuer.replace(region, own) })
}

export function checkKeySource(pool: UserPoolConfig, path: KeyPath, { report }: RuleContext): void {
  const { issuer, jwksUri, jwksFile, insecureHttpKeys } = pool
  if (jwksUri !== undefined && jwksFile !== undefined) {
    report({ path: [...path, 'jwksUri'], expected: 'either jwksUri or jwksFile, not both', line: '# delete jwksUri' })
  }
  if (insecureHttpKeys) return
  if (isPlainOnNetwork(jwksUri)) {
    const expected = 'https; whoever answers plain http on the network can forge tokens (http is for loopback only)'
    report({ path: [...path, 'jwksUri'], expected, write: jwksUri?.replace('http:', 'https:') })
  }
  // With keys from elsewhere, nobody is asked at the issuer: it is only a name.
  if (jwksUri === undefined && jwksFile === undefined && isPlainOnNetwork(issuer)) {
    const expected =
      'an issuer whose keys come over https or from loopback: whoever answers plain http on the network can forge tokens'
    const line = '# keep it as tokens name it, and add where its keys are: jwksFile, jwksUri, or insecureHttpKeys: true'
    report({ path: [...path, 'issuer'], expected, line })
  }
}

function isPlainOnNetwork(text: string | undefined): boolean {
  const url = parseHttpUrl(text ?? '')
  return url?.protocol === 'http:' && !isLoopbackHost(url.hostname)
}
