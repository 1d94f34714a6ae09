/**
 * `cogate --help`: the commands are described here, the options come from the option table. No option may be listed
 * here.
 */
import { renderHelp } from '../config/render/describe.ts'

export function helpText(): string {
  return `cogate: verifies Amazon Cognito tokens in front of a service that has no login of its own

Usage
  cogate start  [--config FILE] [--OPTION VALUE …]   run the gate
  cogate check  [--config FILE] [--offline] [--strict] [--json]
                                                     what a start needs: configuration, keys, egress, clock, upstream
  cogate explain [--path /x] [--method M] [--host H] [--token-file F] [--lang en|ja] [--json]
                                                     why a request is refused, and what to do
  cogate health [--live]                             asks a running gate; the exit code is for container health checks
  cogate revoke --sub S | --username U | --origin-jti J | --jti J | --client-id C  [--issued-before T] [--for 24h]
                [--file F | --redis URL [--prefix P] | --config FILE]
                                                     refuses tokens that still verify (key revocation)
  cogate report [--json] URL…                        what report mode would have refused, from ops listeners
  cogate cost [--plan lite|essentials|plus] [--month 2026-11] [--file F] [--json] URL…
                                                     active users of all gates and their price, from ops listeners
  cogate doctor [--pool ID] [--all] [--lang en|ja] [--json]
                                                     what is good and bad about a user pool (needs AWS credentials)
  cogate users  list|create|disable|enable|delete|reset-password|set-mfa|groups|sign-out|cleanup … [--pool ID]
                                                     the users of a pool (needs AWS credentials)
  cogate issuer [--port N]                           the local Cognito look-alike alone (development)
  cogate demo   [--login]                            issuer, echo upstream and gate on loopback to try out
  cogate --help | --version

Three variables are enough: COGATE_USER_POOL_ID, COGATE_CLIENT_ID, COGATE_UPSTREAM

${renderHelp()}`
}
