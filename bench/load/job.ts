/**
 * What a load generator is told and what it tells. Types only.
 */

export interface Load {
  readonly url: string
  readonly method?: 'GET' | 'POST' | undefined
  readonly bodyBytes?: number | undefined
  /** A token a line, sent in rotation; without it no token is sent. */
  readonly tokensFile?: string | undefined
  /** The lines are values of Cookie, and no tokens. */
  readonly areCookies?: boolean | undefined
  /** Only so many of them; default all. */
  readonly tokenCount?: number | undefined
  readonly connections: number
  readonly seconds: number
}

export interface LoadCounts {
  readonly requests: number
  readonly seconds: number
  /** Answers of 400 and above. */
  readonly refused: number
  /** Connections that failed, broke or timed out. */
  readonly socketErrors: number
}

export interface LoadTool {
  readonly name: 'autocannon' | 'wrk'
  readonly folder: string
  readonly core: number | undefined
}
