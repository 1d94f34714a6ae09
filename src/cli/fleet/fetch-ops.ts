/**
 * Reads a page of an ops listener, for commands that look at several gates. Redirects are not followed, and no proxy is used for plain
 * http.
 */
import type { IncomingMessage } from 'node:http'
import { FaultError } from '../../errors.ts'
import { openRequest, sendRequest } from '../../outgoing.ts'

const timeoutMs = 10_000
const maxBytes = 64 * 1024 * 1024

/** The words that are no address of an ops listener. */
export function findBadUrls(words: readonly string[]): readonly string[] {
  return words.filter((word) => !/^https?:$/.test(URL.parse(word)?.protocol ?? ''))
}

/** `path` without a slash at its beginning; what the address of the listener has behind it is replaced. Throws FaultError. */
export async function fetchOps(listener: string, path: string): Promise<string> {
  const url = new URL(`/${path}`, listener)
  // What a person typed may hold a password.
  const name = `${url.origin}${url.pathname}`
  const signal = AbortSignal.timeout(timeoutMs)
  try {
    const answer = await sendRequest(await openRequest(url.href, { signal }))
    if (answer.statusCode !== 200) throw new FaultError(`${name} answered ${answer.statusCode}`)
    return await readText(answer, name)
  } catch (error) {
    if (error instanceof FaultError) throw error
    const { code, message } = error as NodeJS.ErrnoException
    throw new FaultError(`${name}: ${signal.aborted ? 'no answer in time' : (code ?? message)}`)
  }
}

async function readText(answer: IncomingMessage, name: string): Promise<string> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of answer) {
    chunks.push(chunk as Buffer)
    length += (chunk as Buffer).length
    if (length > maxBytes) throw new FaultError(`${name} answered more than ${maxBytes} bytes`)
  }
  return Buffer.concat(chunks).toString('utf8')
}
