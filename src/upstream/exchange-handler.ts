/**
 * What the upstream is asked, and who hears its answer. Nobody who carries an exchange knows more of either.
 */
import type { Socket } from 'node:net'
import type { ResponseHead } from './response-head.ts'
import type { RequestBody } from './upload.ts'

export interface UpstreamRequest {
  readonly method: string
  /**
   * Request line and headers, Latin-1, with the empty line that ends them. Asked for when they are sent, and again when they
   * are sent again: a request that waits for its answer holds no text of them.
   */
  readonly writeHead: () => string
  readonly body: RequestBody | undefined
  /** It asks for an upgrade: 101 is an answer. */
  readonly mayUpgrade?: boolean
  /** Another method in a header: it may change something, whatever its own method is. */
  readonly mayChange?: boolean
  /** It may log its connection in at the service: nobody else may get that connection. */
  readonly logsIn?: boolean
}

export interface ExchangeHandler {
  onHead(head: ResponseHead): void
  /**
   * Bytes are on loan until the next of these calls other than `onBody` returns; a small whole body is Latin-1 text. False:
   * no more until `resume`.
   */
  onBody(chunk: Buffer | string): boolean
  /** No more for now; not called at the end. False: no more until `resume`. */
  onPause(): boolean
  onEnd(): void
  /** After `onHead` with 101: the socket is the handler's from here on, and so is what it has read beyond the head. */
  onSwitch?(socket: Socket, rest: Buffer): void
  /** At most once, and nothing else after it. */
  onError(error: Error): void
}

/** Who can send the request once more, on a new connection. */
export interface Resender {
  /** In place of `onError`, at most once. */
  onStale(): void
}
