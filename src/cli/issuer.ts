/**
 * `cogate issuer`: the local Cognito look-alike alone, for development. Must listen on loopback only.
 */
import { ConfigError, FaultError } from '../errors.ts'
import { DEMO_PASSWORD, demoUsers } from '../issuer/login/users.ts'
import type { Issuer } from '../issuer/server.ts'
import { startIssuer } from '../issuer/server.ts'
import { findMistake, readArguments } from './arguments.ts'
import type { Terminal } from './command.ts'
import { listenForSignals } from './signals.ts'

const defaultPort = 9229
const ownFlags = { '--port': 'value' } as const

export async function issuerCommand(argv: readonly string[], terminal: Terminal): Promise<number> {
  const port = readPort(argv)
  const signals = listenForSignals({ endsAtHangUp: true })
  const issuer = await bindIssuer(port)
  terminal.print(describeIssuer(issuer))
  await signals.next()
  await issuer.close()
  return 0
}

/** Throws FaultError when the port is taken. */
async function bindIssuer(port: number): Promise<Issuer> {
  try {
    return await startIssuer({ port })
  } catch (error) {
    throw new FaultError(
      `issuer: cannot listen on 127.0.0.1:${port}: ${(error as Error).message}; choose another --port`,
    )
  }
}

function readPort(argv: readonly string[]): number {
  const mistake = findMistake(argv, ownFlags)
  if (mistake !== undefined) throw usageError(mistake)
  const text = readArguments(argv, ownFlags).given.get('--port') ?? String(defaultPort)
  const port = Number(text)
  if (/^\d{1,5}$/.test(text) && port <= 65_535) return port
  throw usageError(JSON.stringify(text))
}

function usageError(found: string): ConfigError {
  const expected = 'at most one option, --port, from 0 to 65535; 0 lets the system choose'
  return new ConfigError([
    { key: '--port', source: 'flag --port', found, expected, fix: `cogate issuer --port ${defaultPort}` },
  ])
}

function describeIssuer({ issuer, jwksUri, url, poolId, clientId }: Issuer): string {
  return [
    `issuer     ${issuer}`,
    `keys       ${jwksUri}`,
    `a token    curl -s '${url}/token.txt?username=alice&groups=admin'`,
    `client     ${clientId}`,
    `sign-in    ${url}/oauth2/authorize`,
    `users      ${demoUsers.map(({ username }) => username).join(', ')}; password ${DEMO_PASSWORD}`,
    `rotate     curl -s -X POST ${url}/rotate`,
    '',
    'put the gate in front of it with',
    `  COGATE_USER_POOL_ID=${poolId} COGATE_CLIENT_ID=${clientId} COGATE_USER_POOL_ISSUER=${issuer} COGATE_UPSTREAM=http://127.0.0.1:8080 cogate start`,
    '',
  ].join('\n')
}
