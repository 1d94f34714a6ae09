/** An answer as Node's own client reads it: the reference for ours, which may refuse more and must never find less. */
import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { Duplex } from 'node:stream'

/** One answer, whole. */
export interface Reading {
  readonly status: number
  /** Latin-1. */
  readonly body: string
}

/** Blanks before a chunk extension, and more in it than tokens: allowed by RFC 9112 section 7.1.1, refused by Node. */
const refusesExtensions = /chunk (?:extension|size)/i

/** `Connection: close` in an interim answer: to Node the end of the connection, to RFC 9110 section 15.2 of that answer. */
const closed = /Data after/

/** Undefined: no answer, a broken one, or the beginning of one. `no opinion`: Node is stricter there than the RFC. */
export async function readAsNode(method: string, bytes: string): Promise<Reading | 'no opinion' | undefined> {
  const connection = new Duplex({ read: () => undefined, write: (_chunk, _encoding, done) => done() })
  const outgoing = request({ method, createConnection: () => connection, maxHeaderSize: 1024 * 1024 })
  let isStricter = false
  let isClosed = false
  outgoing.on('error', (error: Error & { readonly reason?: string }) => {
    isStricter ||= refusesExtensions.test(error.reason ?? '')
    isClosed ||= closed.test(error.reason ?? '')
  })
  outgoing.end()
  const answered = once(outgoing, 'response').catch(() => [])
  const gone = once(outgoing, 'close').then(() => [])
  connection.push(Buffer.from(bytes, 'latin1'))
  connection.push(null)
  const [response] = (await Promise.race([answered, gone])) as [IncomingMessage?]
  const reading = response && (await readWhole(response))
  return isStricter || (isClosed && response === undefined) ? 'no opinion' : reading
}

async function readWhole(response: IncomingMessage): Promise<Reading | undefined> {
  const chunks: Buffer[] = []
  try {
    for await (const chunk of response) chunks.push(chunk as Buffer)
  } catch {
    return undefined
  }
  if (!response.complete) return undefined
  return { status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString('latin1') }
}
