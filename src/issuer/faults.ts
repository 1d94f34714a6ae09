/** Does to a request what a test asked for, in place of its work or around it. */
import type { Inbox, RequestFault } from './desk.ts'
import { type Answer, refuse } from './exchange.ts'

/** Rejects where the connection is to be cut. */
export async function workUnder(desk: Inbox, fault: RequestFault | undefined, work: () => Answer): Promise<Answer> {
  if (fault === 'close') throw new Error('the connection is cut on demand')
  if (fault === 'hang') await desk.hang()
  if (fault === undefined || fault === 'hang') return work()
  if (fault !== 'lose') return failWith(fault)
  work()
  throw new Error('the answer is lost on demand')
}

function failWith(fault: number | 'invalid_grant' | 'invalid_client' | 'unauthorized_client'): Answer {
  if (typeof fault === 'string') return refuse(fault, fault === 'invalid_client' ? 401 : 400)
  return { status: fault, body: { message: fault === 429 ? 'Too many requests' : 'Internal error' } }
}
