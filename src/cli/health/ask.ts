/**
 * One question to an ops listener. Must not be answered through a proxy, and never waits longer than its signal.
 */
import type { IncomingMessage } from 'node:http'
import { FaultError } from '../../errors.ts'
import { openRequest, sendRequest } from '../../outgoing.ts'

export interface OpsAnswer {
  readonly status: number
  /** The beginning of the body, in visible ASCII. */
  readonly text: string
}

const maxCharacters = 500

/** Redirects are not followed. Throws FaultError when there is no whole answer before the signal. */
export async function askOps(url: string, signal: AbortSignal): Promise<OpsAnswer> {
  try {
    const answer = await sendRequest(await openRequest(url, { signal }))
    return { status: answer.statusCode ?? 0, text: await readBeginning(answer) }
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    throw new FaultError(`health: ${url}: ${signal.aborted ? 'no answer in time' : (code ?? message)}`)
  }
}

async function readBeginning(answer: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of answer) {
    text += (chunk as Buffer).toString('latin1')
    if (text.length >= maxCharacters) break
  }
  return text
    .slice(0, maxCharacters)
    .trimEnd()
    .replaceAll(/[^ -~]/g, '?')
}
