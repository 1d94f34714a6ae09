/**
 * One call of the soak from the caller's side: made, watched to its end, compared with what it must be. Knows no shares
 * and no schedule; resolves always, never later than the timeout.
 */
import { type Agent, type ClientRequest, type IncomingMessage, request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { WebSocket } from 'ws'
import type { Kind, Outcome } from './kinds.ts'
import { idHeader, largeBodyBytes, plainBody, type Script, scriptHeader, uploadBody } from './upstream.ts'

export interface Call {
  readonly id: number
  readonly kind: Kind
  readonly token: string
  readonly user: string
  readonly gateUrl: string
  readonly agent: Agent
  /** 0 to 1: where it is cut, how much it sends. */
  readonly chance: number
}

const timeoutMs = 30_000
const largestUploadBytes = 64 * 1024
const abortedUploadBytes = 512 * 1024
/** Aborts come anywhere within what the upstream takes for these answers. */
const longestBeforeAbortMs = 280
/** The slow reader takes nothing for so long, then a bit at a time. */
const slowStartMs = 500
const slowChunkMs = 10
const aborted: Outcome = { end: 'aborted', status: 0, code: '', isOwn: false }
const filler = Buffer.alloc(abortedUploadBytes, 'soak ')

export function makeCall(call: Call): Promise<Outcome> {
  return call.kind === 'websocket' ? openWebSocket(call) : exchange(call)
}

const scripts: Readonly<Partial<Record<Kind, Script>>> = {
  'slow reader': 'large',
  'reset before the head': 'reset-head',
  'reset in the body': 'reset-body',
  'abort before the answer': 'wait',
  'abort in the body': 'trickle',
}

function headersOf({ id, kind, token }: Call): Record<string, string> {
  const headers = { authorization: `Bearer ${token}`, [idHeader]: String(id) }
  const script = scripts[kind]
  return script === undefined ? headers : { ...headers, [scriptHeader]: script }
}

function uploadOf({ kind, chance }: Call): Buffer | undefined {
  // A safe request without a body may be sent once more; this one never.
  if (kind === 'post' || kind === 'reset before the head')
    return filler.subarray(0, Math.ceil(chance * largestUploadBytes))
  return kind === 'abort in the upload' ? filler : undefined
}

function exchange(call: Call): Promise<Outcome> {
  return new Promise((resolve) => {
    const upload = uploadOf(call)
    const headers = { ...headersOf(call), ...(upload && { 'content-length': String(upload.length) }) }
    const { agent, gateUrl, kind } = call
    const outgoing = request(`${gateUrl}/orders/${call.id % 1000}`, { method: upload ? 'POST' : 'GET', agent, headers })
    const settle = (outcome: Outcome): void => {
      clearTimeout(deadline)
      resolve(outcome)
    }
    const deadline = setTimeout(() => {
      settle({ end: 'failed', status: 0, code: 'timeout', isOwn: false })
      outgoing.destroy()
    }, timeoutMs)
    outgoing.once('error', (error) => settle({ end: 'failed', status: 0, code: codeOf(error), isOwn: false }))
    outgoing.once('response', (answer) => readAnswer(call, answer, settle))
    if (kind === 'abort before the answer') abortLater(call, outgoing, settle)
    if (kind === 'abort in the body') outgoing.once('response', () => abortLater(call, outgoing, settle))
    if (kind === 'abort in the upload') abortUpload(call, outgoing, settle)
    else outgoing.end(upload)
  })
}

type Settle = (outcome: Outcome) => void

function abortLater({ chance }: Call, outgoing: ClientRequest, settle: Settle): void {
  setTimeout(() => {
    settle(aborted)
    outgoing.destroy()
  }, chance * longestBeforeAbortMs)
}

/** The rest of the body never comes. */
function abortUpload(call: Call, outgoing: ClientRequest, settle: Settle): void {
  outgoing.write(filler.subarray(0, Math.ceil(call.chance * (abortedUploadBytes - 1))))
  abortLater(call, outgoing, settle)
}

function readAnswer(call: Call, answer: IncomingMessage, settle: Settle): void {
  const status = answer.statusCode ?? 0
  const chunks: Buffer[] = []
  answer.on('data', (chunk: Buffer) => chunks.push(chunk))
  answer.once('error', () => settle({ end: 'cut', status, code: '', isOwn: false }))
  answer.once('end', () => {
    const body = Buffer.concat(chunks)
    const code = status === 200 ? '' : problemCode(body)
    settle({ end: 'complete', status, code, isOwn: isOwn(call, body) })
  })
  if (call.kind === 'slow reader') void readSlowly(answer)
}

async function readSlowly(answer: IncomingMessage): Promise<void> {
  answer.pause()
  await sleep(slowStartMs)
  while (!answer.readableEnded && !answer.destroyed) {
    answer.resume()
    await sleep(slowChunkMs)
    answer.pause()
  }
}

function isOwn(call: Call, body: Buffer): boolean {
  const { kind, id, user } = call
  if (kind === 'slow reader') return body.equals(Buffer.alloc(largeBodyBytes, plainBody(id, user)))
  if (kind === 'abort in the body') return true
  const upload = uploadOf(call)
  return body.toString() === (upload ? uploadBody(id, user, upload) : plainBody(id, user))
}

function problemCode(body: Buffer): string {
  try {
    return String((JSON.parse(body.toString()) as { readonly code?: unknown }).code)
  } catch {
    return 'no problem document'
  }
}

/** Opened, told who it is, one message there and back, closed. */
function openWebSocket(call: Call): Promise<Outcome> {
  return new Promise((resolve) => {
    const socket = new WebSocket(`${call.gateUrl.replace('http', 'ws')}/socket`, { headers: headersOf(call) })
    const messages: string[] = []
    const wanted = [plainBody(call.id, call.user), 'there and back']
    const settle = (outcome: Outcome): void => {
      clearTimeout(deadline)
      resolve(outcome)
    }
    const deadline = setTimeout(() => socket.terminate(), timeoutMs)
    socket.on('message', (data) => {
      if (messages.push(data.toString()) === 1) socket.send('there and back')
      else socket.close(1000)
    })
    socket.once('unexpected-response', (_request, answer) => readAnswer(call, answer, settle))
    socket.once('error', (error) => settle({ end: 'failed', status: 0, code: codeOf(error), isOwn: false }))
    socket.once('close', (code) => {
      const isRight = code === 1000 && messages.join() === wanted.join()
      settle(isRight ? opened : { end: 'cut', status: 101, code: String(code), isOwn: false })
    })
  })
}

const opened: Outcome = { end: 'complete', status: 101, code: '', isOwn: true }

function codeOf(error: Error & { readonly code?: string }): string {
  return error.code ?? error.message
}
