/**
 * Whatever bytes a caller sends on a connection: what three readers of very different strictness find in the bytes at the
 * service are the same requests, each of them one that the gate allowed, with our headers; the gate lives, and every byte
 * of its answers belongs to one.
 */
import { deepEqual, equal, ok } from 'node:assert/strict'
import { setImmediate } from 'node:timers/promises'
import fc from 'fast-check'
import { type Reason, reasons } from '../../../src/reasons.ts'
import { type ParsedResponses, parseResponses, type RawResponse } from '../../helpers/raw-response.ts'
import { readRequests } from '../../helpers/recording-upstream.ts'
import { defineFuzzer, type Session } from '../fuzzer.ts'
import { createCaller } from '../parts/caller.ts'
import { cleanWrites } from '../parts/clean-requests.ts'
import { type AccessLine, type FuzzGate, openGate } from '../parts/gate.ts'
import { readLeniently } from '../parts/lenient-reader.ts'
import { nodeAccepts } from '../parts/node-server-reading.ts'
import { acts, isAct, leaves, talk } from '../parts/one-connection.ts'
import { type ReferenceReading, type ReferenceRequest, readByReference } from '../parts/reference-reader.ts'
import { isForwarded, isListed } from '../parts/refusals.ts'
import { type Writes, writes } from '../parts/request-bytes.ts'
import { type FuzzUpstream, isEarly, openUpstream, type SeenRequest } from '../parts/upstream.ts'

const routes = [
  { path: '/public/*', auth: 'none' },
  { path: '/admin/*', groups: ['admin'] },
]
const env = {
  COGATE_IDENTITY_HEADERS_SET: JSON.stringify([{ name: 'X-User-Sub', claim: 'username' }]),
}

const fence = '/fence'
/** More than this is still being written when the gate answers. */
const socketBytes = 64 * 1024
/** Of the event loop. */
const mostTurns = 1000

async function open(): Promise<Session<Writes>> {
  const upstream = await openUpstream()
  const gate = await openGate({ upstream: upstream.url, routes, env })
  const caller = createCaller(gate.port)
  const token = gate.issuer.mintAccessToken({ groups: ['users'] })
  const passFence = async (): Promise<void> => {
    const { status } = await caller.ask(`GET ${fence} HTTP/1.1\r\nHost: f\r\nAuthorization: Bearer ${token}\r\n\r\n`)
    equal(status, 200, 'the gate serves another caller')
  }
  return {
    async check(writes) {
      const pieces = writes.map((piece) => piece.replaceAll('{{TOKEN}}', token))
      const sent = pieces.filter((piece) => !isAct(piece)).join('')
      const isGone = leaves(pieces)
      const before = gate.accesses.size
      const meant = isGone ? { requests: [], isClear: false } : readByReference(sent)
      const { answer, isReset } = await talk(gate.port, { pieces, untilRead: passFence })
      // What the case has caused at the service has been caused when this is answered.
      await passFence()
      await upstream.settled()
      const { requests: seen, bodies } = checkReadings(upstream)
      await untilRecorded(gate, seen)
      for (const request of seen) checkRequest(gate, request)
      const requests = seen.filter((request) => !isStraggler(gate, request, before))
      deepEqual(gate.takeFaults(), [])
      checkAsMeant(meant, { requests, bodies }, leftOf(gate, before))
      if (isGone) return 'gone'
      // Lost is what a caller has not read by then; in Node also what one has read no sooner than its write failed.
      if (isReset && (pieces.includes(acts.slow) || sent.length > socketBytes)) return 'reset'
      const responses = checkAnswers(gate, answer, requests)
      if (meant.isClear) await checkRefusals({ gate, token, sent }, meant.requests, responses)
      return responses.map(({ status }) => status).join(' ') || 'no answer'
    },
    async close() {
      caller.close()
      await gate.close()
      await upstream.close()
    },
  }
}

interface Readings {
  readonly requests: readonly SeenRequest[]
  /** By target. */
  readonly bodies: ReadonlyMap<string, string>
}

/** The requests of the case, as every reader finds them. */
function checkReadings(upstream: FuzzUpstream): Readings {
  const requests = upstream.takeRequests()
  const seen = summariesOf(requests)
  const bytes = upstream.takeBytes()
  const strict = bytes.map((connection) => readRequests(connection))
  deepEqual(
    strict.flatMap(({ fault }) => fault ?? []),
    [],
    'every byte at the service belongs to a request',
  )
  deepEqual(summariesOf(strict.flatMap((read) => read.requests)), seen, 'a strict reader finds the same')
  const lenient = bytes.flatMap((connection) => readLeniently(connection.toString('latin1')))
  deepEqual(summariesOf(lenient), seen, 'a lenient reader finds the same')
  const bodies = strict.flatMap(({ requests }) =>
    requests.map(({ target, body }) => [target, body.toString('latin1')] as const),
  )
  return { requests: requests.filter(({ target }) => target !== fence), bodies: new Map(bodies) }
}

/**
 * Where the bytes have one meaning: nothing else is done at the service, and what is done arrives as it was sent. `left`: a busy
 * machine had not read so far when the caller ended its side, which is to leave.
 */
function checkAsMeant(
  meant: ReferenceReading,
  { requests: seen, bodies }: Readings,
  left: readonly AccessLine[],
): void {
  if (!meant.isClear) return
  const known = new Map(meant.requests.map((request) => [`${request.method} ${request.target}`, request]))
  for (const { method, target, complete } of seen) {
    const request = known.get(`${method} ${target}`)
    ok(request, `${method} ${target} at the service was sent by nobody`)
    if (complete && isUnique(meant, target)) equal(bodies.get(target), request.body, `${target} arrives as it was sent`)
  }
  const due = meant.requests.slice(0, meant.requests.findIndex(mayBeLast) + 1 || meant.requests.length)
  for (const { method, target } of due.filter(isSurelyAllowed)) {
    const isDone = seen.some((request) => request.method === method && request.target === target && request.complete)
    const hasLeft = left.some((access) => access.method === method && access.path === target)
    ok(isDone || hasLeft, `${method} ${target} is complete and allowed, and was not forwarded`)
  }
}

/** What the gate has recorded since then of callers who were gone before their answer. */
function leftOf({ accesses }: FuzzGate, before: number): readonly AccessLine[] {
  return [...accesses.values()].slice(before).filter(({ aborted }) => aborted === true)
}

function isUnique({ requests }: ReferenceReading, target: string): boolean {
  return requests.filter((request) => request.target === target).length === 1
}

/** The gate may end the connection behind it. */
function mayBeLast({ isLast, headers }: ReferenceRequest): boolean {
  return isLast || headers.has('upgrade') || headers.has('expect')
}

/** Written by the generator of clean requests, and no upgrade to a tunnel. */
function isSurelyAllowed({ method, target, headers }: ReferenceRequest): boolean {
  return (
    /^\/r\/\d$/.test(target) &&
    isForwarded(method) &&
    (headers.get('authorization')?.startsWith('Bearer ey') ?? false) &&
    !/^websocket$/im.test(headers.get('upgrade') ?? '') &&
    /^100-continue$/i.test(headers.get('expect') ?? '100-continue')
  )
}

function summariesOf(requests: readonly Omit<SeenRequest, 'rawHeaders'>[]): readonly string[] {
  return requests.map(summarise).toSorted()
}

function summarise({ method, target, complete }: Omit<SeenRequest, 'rawHeaders'>): string {
  return `${method} ${target} ${complete ? 'whole' : 'cut'}`
}

function checkRequest({ accesses }: FuzzGate, { method, target, rawHeaders, complete }: SeenRequest): void {
  const [id = '', ...more] = valuesOf(rawHeaders, 'x-request-id')
  deepEqual(more, [])
  const access = accesses.get(id)
  ok(access, `${target} at the service has the id of a request the gate knows`)
  equal(access.method, method)
  // One that broke behind its head is recorded for what broke it; the service never has it whole.
  const isAllowed = access.outcome === 'allow' || access.outcome === 'fail' || !complete
  ok(isAllowed, `${target} was refused: ${access.reason}`)
  deepEqual(valuesOf(rawHeaders, 'x-user-sub'), target.startsWith('/public/') ? [] : ['alice'], target)
}

/** The gate records an exchange when it sees that the caller has left, which may be a moment after the service has answered. */
async function untilRecorded({ accesses }: FuzzGate, seen: readonly SeenRequest[]): Promise<void> {
  const isRecorded = ({ rawHeaders }: SeenRequest) => accesses.has(valuesOf(rawHeaders, 'x-request-id')[0] ?? '')
  for (let turn = 0; turn < mostTurns && !seen.every(isRecorded); turn++) await setImmediate()
}

/** The service reads it only now: its caller left in an earlier case, and nobody waited for it. */
function isStraggler({ accesses }: FuzzGate, { rawHeaders }: SeenRequest, before: number): boolean {
  const [id = ''] = valuesOf(rawHeaders, 'x-request-id')
  return accesses.get(id)?.aborted === true && [...accesses.keys()].indexOf(id) < before
}

function valuesOf(rawHeaders: readonly string[], wanted: string): string[] {
  return rawHeaders.filter(
    (_, index) => index % 2 === 1 && rawHeaders[index - 1]?.toLowerCase().replaceAll(/[^a-z]/g, '-') === wanted,
  )
}

function checkAnswers(
  { accesses }: FuzzGate,
  answer: Buffer,
  requests: readonly SeenRequest[],
): readonly RawResponse[] {
  const ids = [...answer.toString('latin1').matchAll(/^x-request-id: (\S+)\r$/gim)].map(({ 1: id = '' }) => id)
  const methods = ids.map((id) => accesses.get(id)?.method ?? '')
  const { responses, rest } = readInPlace(answer, methods)
  equal(rest.toString('latin1'), '', 'every byte of the answer belongs to a response')
  for (const response of responses) checkAnswer(response)
  // Only the service says 200, to an upgrade too; a caller who was gone before has heard nothing.
  const heard = requests.filter(({ rawHeaders }) => {
    const [id = ''] = valuesOf(rawHeaders, 'x-request-id')
    return accesses.get(id)?.aborted !== true
  })
  const whole = heard.filter(({ complete, target }) => complete && !isEarly(target)).length
  const early = heard.filter(({ target }) => isEarly(target)).length
  const served = responses.filter(({ status }) => status === 200).length
  ok(
    served >= whole && served <= whole + early,
    `the service did ${whole} to ${whole + early}, callers heard ${served}`,
  )
  return responses
}

interface Case {
  readonly gate: FuzzGate
  readonly token: string
  readonly sent: string
}

/** What RFC 9112 and Node both take for a request is refused for a reason that is on the list, or not at all. */
async function checkRefusals(
  { gate, token, sent }: Case,
  meant: readonly ReferenceRequest[],
  responses: readonly RawResponse[],
): Promise<void> {
  for (const { headers, body } of responses) {
    if (headers['content-type']?.[0] !== 'application/problem+json' || body.length === 0) continue
    const { code, requestId } = JSON.parse(body.toString()) as { code: Reason; requestId: string }
    const access = gate.accesses.get(requestId)
    const about = meant.filter(({ method, target }) => method === access?.method && target.startsWith(access.path))
    if (about.some((request) => isListed(code, request, token))) continue
    const isCommon = await nodeAccepts(sent, meant)
    ok(!isCommon, `${access?.method} ${access?.path} is a request to Node and to RFC 9112, and was refused: ${code}`)
  }
}

/** What is malformed behind a request in hand is told in the place of that request's answer. */
function readInPlace(answer: Buffer, methods: readonly string[]): ParsedResponses {
  const ways = [methods, [...methods.slice(0, -1), 'GET'], [...methods.slice(0, -1), 'HEAD']]
  const readings = ways.map((way) => parseResponses(answer, { ended: true, methods: way }))
  const isClear = ({ rest, responses }: ParsedResponses) => rest.length === 0 && responses.every((one) => one.complete)
  return readings.find(isClear) ?? parseResponses(answer, { ended: true, methods })
}

function checkAnswer({ status, complete, body, headers }: RawResponse): void {
  equal(complete, true, `an answer ${status} is whole`)
  if (status === 200 || body.length === 0) return
  deepEqual(headers['content-type'], ['application/problem+json'])
  const { code } = JSON.parse(body.toString()) as { code: Reason }
  equal(reasons[code]?.status, status)
}

export const requests = defineFuzzer({
  name: 'requests',
  cases: fc.oneof({ weight: 1, arbitrary: writes }, { weight: 2, arbitrary: cleanWrites }),
  isRacy: true,
  open,
})
