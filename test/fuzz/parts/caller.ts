/** A caller on one kept connection: bytes out, one whole answer back. Connects again when the gate has hung up. */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { parseResponses, type RawResponse } from '../../helpers/raw-response.ts'

const patienceMs = 10_000

export interface Caller {
  /** Latin-1. Rejects when there is no whole answer, or more than one. */
  ask(bytes: string, method?: string): Promise<RawResponse>
  close(): void
}

export function createCaller(port: number): Caller {
  let kept: Socket | undefined
  return {
    async ask(bytes, method = 'GET') {
      kept = kept?.writable && kept.readable ? kept : await open(port)
      const response = await exchange(kept, bytes, method)
      if (response.headers['connection']?.some((value) => /close/i.test(value))) kept.destroy()
      return response
    },
    close: () => void kept?.destroy(),
  }
}

async function open(port: number): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  await once(socket, 'connect')
  // A reset behind an answer is no news.
  return socket.on('error', () => undefined)
}

async function exchange(socket: Socket, bytes: string, method: string): Promise<RawResponse> {
  const { promise, resolve, reject } = Promise.withResolvers<RawResponse>()
  const timer = setTimeout(() => reject(new Error(`no answer within ${patienceMs} ms`)), patienceMs)
  let received = Buffer.alloc(0)
  const look = (ended: boolean): void => {
    const { responses, rest } = parseResponses(received, { ended, methods: [method] })
    const [response] = responses
    if (response?.complete && responses.length === 1 && rest.length === 0) resolve(response)
    else if (ended || responses.length > 1) reject(new Error(`no clear answer: ${JSON.stringify(text(received))}`))
  }
  const onData = (chunk: Buffer): void => {
    received = Buffer.concat([received, chunk])
    look(false)
  }
  const onClose = (): void => look(true)
  socket.on('data', onData).once('close', onClose)
  socket.write(bytes, 'latin1')
  try {
    return await promise
  } finally {
    clearTimeout(timer)
    socket.off('data', onData).off('close', onClose)
  }
}

function text(bytes: Buffer): string {
  return bytes.toString('latin1', 0, 1000)
}
