/**
 * Whatever bytes the service answers with, in whatever pieces: our reader finds no whole answer that Node's does not
 * find, and the same one in all pieces; the gate passes on that answer or a clear failure; and the next caller gets an
 * answer of its own.
 */
import { deepEqual, equal, ok } from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { ResponseReader } from '../../../src/upstream/response-reader.ts'
import { parseResponses } from '../../helpers/raw-response.ts'
import { defineFuzzer, type Session } from '../fuzzer.ts'
import { createCaller } from '../parts/caller.ts'
import { openGate } from '../parts/gate.ts'
import { type Reading, readAsNode } from '../parts/node-reading.ts'
import { talk } from '../parts/one-connection.ts'
import { type AnswerCase, answerCases, cutUp } from '../parts/response-bytes.ts'

async function open(): Promise<Session<AnswerCase>> {
  const service = await openService()
  const gate = await openGate({ upstream: service.url, routes: [{ path: '/*', auth: 'none' }] })
  const caller = createCaller(gate.port)
  let nonce = 0
  return {
    async check(candidate) {
      const { method, bytes } = candidate
      const reading = readAsOurs(method, [Buffer.from(bytes, 'latin1')])
      deepEqual(readAsOurs(method, cutUp(candidate)), reading, 'pieces make no difference')
      const reference = reading && (await readAsNode(method, bytes))
      if (reference !== 'no opinion') deepEqual(reference, reading, 'Node finds the same answer')
      const answered = service.play(cutUp(candidate))
      const pieces = [`${method} /case HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`]
      const answer = await talk(gate.port, { pieces, untilRead: () => answered })
      const next = await caller.ask(`GET /${++nonce} HTTP/1.1\r\nHost: a\r\n\r\n`)
      equal(next.body.toString(), `/${nonce}`, 'the next caller gets its own answer')
      deepEqual(gate.takeFaults(), [])
      return checkPassedOn(method, answer, reading)
    },
    async close() {
      caller.close()
      await gate.close()
      await service.close()
    },
  }
}

/** What the caller has is that answer, a failure in our words, or visibly cut off. */
function checkPassedOn(method: string, answer: Buffer, reading: Reading | undefined): string {
  const { responses, rest } = parseResponses(answer, { ended: false, methods: [method] })
  const [response] = responses
  equal(responses.length <= 1 && (rest.length === 0 || response?.complete !== true), true, 'one answer at most')
  if (!response?.complete) return 'cut'
  const passed = { status: response.status, body: response.body.toString('latin1') }
  if (response.headers['content-type']?.[0] === 'application/problem+json') return `refused with ${response.status}`
  ok(reading, `an answer ${response.status} out of none`)
  deepEqual(passed, reading)
  return `passed ${response.status}`
}

/** Undefined: no whole answer. Whatever follows a whole one is nobody's. */
function readAsOurs(method: string, pieces: readonly Buffer[]): Reading | undefined {
  const found = { status: 0, body: '', isWhole: false }
  const reader = new ResponseReader({
    onHead: ({ status }) => {
      found.status = status
    },
    onBody: (chunk) => {
      found.body += typeof chunk === 'string' ? chunk : chunk.toString('latin1')
    },
    onEnd: () => {
      found.isWhole = true
    },
  })
  reader.expect(method)
  try {
    for (const piece of pieces) if (!found.isWhole) reader.push(piece)
    if (!found.isWhole) reader.finish()
  } catch (error) {
    equal((error as Error).name, 'ProtocolError')
  }
  return found.isWhole ? { status: found.status, body: found.body } : undefined
}

interface Service {
  readonly url: string
  /** The pieces answer the next request for `/case`; resolves when they are out. Any other target is its own answer. */
  play(pieces: readonly Buffer[]): Promise<void>
  close(): Promise<void>
}

async function openService(): Promise<Service> {
  let script: { readonly pieces: readonly Buffer[]; readonly played: () => void } | undefined
  const server = createServer({ noDelay: true }, (socket) => {
    socket.on('error', () => undefined)
    socket.on('data', async (chunk: Buffer) => {
      const target = chunk.toString('latin1').split(' ', 2)[1] ?? ''
      if (target !== '/case') {
        socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${target.length}\r\n\r\n${target}`)
        return
      }
      for (const piece of script?.pieces ?? []) {
        socket.write(piece)
        await new Promise(setImmediate)
      }
      socket.end(() => script?.played())
    })
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    play(pieces) {
      const { promise, resolve } = Promise.withResolvers<void>()
      script = { pieces, played: resolve }
      return promise
    },
    async close() {
      const closed = once(server, 'close')
      server.close()
      await closed
    },
  }
}

export const answers = defineFuzzer({ name: 'answers', cases: answerCases, isRacy: true, open })
