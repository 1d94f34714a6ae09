/**
 * An endpoint of AWS on loopback that answers as a script says (AWS JSON 1.1). Requests and answers are checked with the models
 * of the AWS SDK: one that Cognito would not know fails the test.
 */
import { createServer } from 'node:http'
import { text } from 'node:stream/consumers'
import type { Test } from 'tap'
import { listenOnLoopback } from '../listen.ts'
import { findStrangers } from './models.ts'

export type Input = Readonly<Record<string, unknown>>

/** Dates are seconds since 1970, as on the wire. */
export type Answer = Readonly<Record<string, unknown>> | AwsError

export interface AwsError {
  readonly __type: string
  readonly message?: string
  readonly status?: number
}

export type Script = Readonly<Record<string, (input: Input) => Answer>>

export interface Call {
  readonly operation: string
  readonly input: Input
}

export interface ScriptedAws {
  readonly calls: readonly Call[]
  /** For the process that asks. */
  readonly env: Readonly<Record<string, string>>
}

/** A call without an answer in the script is denied, as IAM does. */
export async function startScriptedAws(t: Test, script: Script): Promise<ScriptedAws> {
  const calls: Call[] = []
  const server = createServer(async (request, response) => {
    const operation = `${request.headers['x-amz-target']}`.replace('AWSCognitoIdentityProviderService.', '')
    const input = JSON.parse(await text(request)) as Input
    calls.push({ operation, input })
    t.same(findStrangers(operation, 'input', input), [], operation)
    const answer = script[operation]?.(input) ?? { __type: 'AccessDeniedException', message: `no ${operation} here` }
    if (!('__type' in answer)) t.same(findStrangers(operation, 'output', answer), [], operation)
    const status = '__type' in answer ? ((answer as AwsError).status ?? 400) : 200
    response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(answer))
  })
  const { port } = await listenOnLoopback(t, server)
  return { calls, env: { ...credentials, AWS_ENDPOINT_URL: `http://127.0.0.1:${port}` } }
}

const credentials = {
  AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE',
  AWS_SECRET_ACCESS_KEY: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
  AWS_EC2_METADATA_DISABLED: 'true',
  AWS_CONFIG_FILE: '/dev/null',
  AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
}
