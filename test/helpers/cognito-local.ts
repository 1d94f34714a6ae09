/** cognito-local, fetched from the npm registry: an emulator of Cognito that nobody here wrote. */
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { Test } from 'tap'

const npmPackage = 'cognito-local@5.3.0'
export const issuerDomain = 'https://cognito-idp.us-east-1.amazonaws.com'
/** An id as Cognito makes them; over the API the emulator makes `local_…` only. */
export const seededPool = 'us-east-1_Interop01'

/** Runs until the end of the test in a directory of its own; resolves with its origin. `code` is every code that it sends. */
export async function startCognitoLocal(t: Test, code?: string): Promise<string> {
  const config = { TokenConfig: { IssuerDomain: issuerDomain } }
  const pool = { Users: {}, Options: { Id: seededPool } }
  const cwd = t.testdir({
    '.cognito': { 'config.json': JSON.stringify(config), db: { [`${seededPool}.json`]: JSON.stringify(pool) } },
  })
  const child = spawn('npx', ['--yes', npmPackage], {
    cwd,
    env: { ...process.env, HOST: '127.0.0.1', PORT: '0', NODE_OPTIONS: '', ...(code && { CODE: code }) },
    stdio: ['ignore', 'pipe', 'inherit'],
    // A process group of its own: npx runs the server as a grandchild.
    detached: true,
  })
  const lines = createInterface({ input: child.stdout })
  t.teardown(() => {
    lines.close()
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
  })
  for await (const line of lines) {
    const [origin] = /http:\/\/127\.0\.0\.1:\d+/.exec(line) ?? []
    if (origin !== undefined) return origin
  }
  throw new Error(`${npmPackage} ended before it listened`)
}

type Input = Readonly<Record<string, unknown>>

/** One operation of Cognito's API, as an AWS SDK sends it. */
export async function call<Output>(origin: string, operation: string, input: Input): Promise<Output> {
  const response = await fetch(origin, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': `AWSCognitoIdentityProviderService.${operation}`,
      authorization: 'AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/cognito-idp/aws4_request',
    },
    body: JSON.stringify(input),
  })
  const text = await response.text()
  if (!response.ok) throw new Error(`${operation}: ${response.status} ${text}`)
  return JSON.parse(text) as Output
}
