/**
 * Whatever bytes the service answers with, in whatever pieces: our reader finds no whole answer that Node's does not
 * find, and the same one in all pieces; the gate passes on that answer or a clear failure; and the next caller gets an
 * answer of its own.
 */
import { deepEqual, equal, ok } from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { isDeepStrictEqual } from 'node:util'
import { ResponseReader } from '../../../src/upstream/response-reader.ts'
import { parseResponses } from '../../helpers/raw-response.ts'
import { defineFuzzer, type Session } from '../fuzzer.ts'
import { createCaller } from '../parts/caller.ts'
import { openGate } from '../parts/gate.ts'
import { stoodStill } from '../parts/loop-lag.ts'
import { type Reading, readAsNode } from '../parts/node-reading.ts'
import { acts, leaves, talk } from '../parts/one-connection.ts'
import { readAnswerByReference } from '../parts/reference-answer.ts'
import { type AnswerCase, answerCases, cutUp } from '../parts/response-bytes.ts'

/** A service that falls silent is given up soon, and not for a moment in which the machine is busy. */
const impatient = { COGATE_UPSTREAM_IDLE_TIMEOUT: '2s', COGATE_UPSTREAM_RESPONSE_TIMEOUT: '2s' }

/** Nobody could answer in time. */
function isExcused(status: number): boolean {
  return status === 504 && stoodStill()
}

async function open(): Promise<Session<AnswerCase>> {
  const service = await openService()
  const gate = await openGate({ upstream: service.url, routes: [{ path: '/*', auth: 'none' }], env: impatient })
  const caller = createCaller(gate.port)
  let nonce = 0
  return {
    async check(candidate) {
      const { method, bytes, caller: ending } = candidate
      const reading = await compareReaders(candidate)
      const own = `/${++nonce}`
      const isWhole = readAsOurs(method, [Buffer.from(bytes, 'latin1')], { ends: false }) !== undefined
      const after = candidate.after === 'keep' && !isWhole ? 'end' : (candidate.after ?? 'end')
      const answered = service.play(cutUp(candidate), after)
      const request = `${method} /case HTTP/1.1\r\nHost: a\r\n\r\nGET ${own} HTTP/1.1\r\nHost: a\r\n\r\n`
      const pieces = ending ? [request, '', acts[ending]] : [request]
      const passFence = async (): Promise<void> => {
        const fence = `/${++nonce}`
        const { status, body } = await caller.ask(`GET ${fence} HTTP/1.1\r\nHost: a\r\n\r\n`)
        if (isExcused(status)) return
        equal(body.toString(), fence, 'the next caller gets its own answer')
      }
      const { answer } = await talk(gate.port, { pieces, untilRead: () => answered.then(passFence).then(passFence) })
      await passFence()
      deepEqual(gate.takeFaults(), [])
      return leaves(pieces) ? 'gone' : checkPassedOn({ method, own, reading }, answer)
    },
    async close() {
      caller.close()
      await gate.close()
      await service.close()
    },
  }
}

/** What our reader finds, in which no other reader finds anything else. */
async function compareReaders(candidate: AnswerCase): Promise<Reading | undefined> {
  const { method, bytes } = candidate
  const reading = readAsOurs(method, [Buffer.from(bytes, 'latin1')])
  deepEqual(readAsOurs(method, cutUp(candidate)), reading, 'pieces make no difference')
  const reference = await readAsNode(method, bytes)
  if (reading && reference !== 'no opinion') deepEqual(reference, reading, 'Node finds the same answer')
  const meant = readAnswerByReference(method, bytes)
  if (meant && isDeepStrictEqual(reference, meant)) deepEqual(reading, meant, 'a plain answer is not refused')
  return reading
}

interface Wanted {
  readonly method: string
  /** What the second request on the connection is answered with. */
  readonly own: string
  readonly reading: Reading | undefined
}

/** What the caller has is that answer, a failure in our words, or visibly cut off; and then its own second answer. */
function checkPassedOn({ method, own, reading }: Wanted, answer: Buffer): string {
  const { responses, rest } = parseResponses(answer, { ended: false, methods: [method, 'GET'] })
  const [response, second, ...more] = responses
  equal(
    more.length === 0 && (rest.length === 0 || responses.at(-1)?.complete !== true),
    true,
    'one answer each at most',
  )
  if (!response?.complete) return 'cut'
  const isClosing = response.headers['connection']?.includes('close') === true
  if (!isClosing) ok(second?.complete, 'the second request is answered')
  if (second?.complete && !isExcused(second.status))
    equal(second.body.toString(), own, 'the second request gets its own answer')
  const passed = { status: response.status, body: response.body.toString('latin1') }
  if (response.headers['content-type']?.[0] === 'application/problem+json') return `refused with ${response.status}`
  ok(reading, `an answer ${response.status} out of none`)
  deepEqual(passed, reading)
  return `passed ${response.status}`
}

/** Undefined: no whole answer. Whatever follows a whole one is nobody's. */
function readAsOurs(method: string, pieces: readonly Buffer[], { ends } = { ends: true }): Reading | undefined {
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
    if (!found.isWhole && ends) reader.finish()
  } catch (error) {
    equal((error as Error).name, 'ProtocolError')
  }
  return found.isWhole ? { status: found.status, body: found.body } : undefined
}

type After = NonNullable<AnswerCase['after']>

interface Service {
  readonly url: string
  /** The pieces answer the next request for `/case`; resolves when they are out. Any other target is its own answer. */
  play(pieces: readonly Buffer[], after: After): Promise<void>
  close(): Promise<void>
}

async function openService(): Promise<Service> {
  let script: { readonly pieces: readonly Buffer[]; readonly after: After; readonly played: () => void } | undefined
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
      if (script?.after === 'end') socket.end()
      if (script?.after === 'reset') socket.resetAndDestroy()
      script?.played()
    })
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    play(pieces, after) {
      const { promise, resolve } = Promise.withResolvers<void>()
      script = { pieces, after, played: resolve }
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
