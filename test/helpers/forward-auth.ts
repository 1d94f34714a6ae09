/** A gate that is asked by another proxy, and the question in every form that proxies have for it. */
import type { Test } from 'tap'
import type { RawExchange } from './raw-socket.ts'
import { type Stack, type StackOptions, startStack } from './stack.ts'
import type { Upstream } from './upstream.ts'

/** The request that is asked about. */
export interface Ask {
  readonly method: string
  readonly target: string
  /** Default `app.example`. */
  readonly host?: string
  /** Whole lines; default: that of a good token. */
  readonly authorization?: readonly string[]
  /** The address of the caller. */
  readonly client?: string
  /** More lines. */
  readonly fields?: readonly string[]
}

/** `url`: ingress-nginx; `uri`: nginx; `forwarded`: Traefik, Caddy, HAProxy; `path`: Envoy, Istio. */
export const families = ['url', 'uri', 'forwarded', 'path'] as const
export type Family = (typeof families)[number]

export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, readonly string[]>>
  readonly body: string
  /** Of a problem document. */
  readonly code: string | undefined
}

export interface AskStack extends Stack<Upstream> {
  ask(family: Family, ask: Ask): Promise<Answer>
  /** Whole lines besides Host; a line that says it otherwise counts beside the ones of the family. */
  askLines(requestLine: string, lines: readonly string[]): Promise<Answer>
  askProxy(ask: Ask): Promise<Answer>
}

export async function startAskStack(t: Test, options: StackOptions = {}): Promise<AskStack> {
  const env = { COGATE_FORWARD_AUTH_ENABLED: 'true', COGATE_FORWARDED_TRUST: '127.0.0.1', ...options.env }
  const stack = await startStack(t, { ...options, env })
  const send = async (lines: readonly string[]) => toAnswer(await stack.send(`${lines.join('\r\n')}\r\n\r\n`))
  const common = ({ authorization = [`Authorization: ${stack.authorization}`], client, fields = [] }: Ask) => [
    `X-Forwarded-For: ${client ?? '192.0.2.7'}`,
    ...authorization,
    ...fields,
  ]
  return {
    ...stack,
    ask: (family, ask) => send([...forms[family]({ host: 'app.example', ...ask }), ...common(ask)]),
    askLines: (requestLine, lines) => send([`${requestLine} HTTP/1.1`, ...lines]),
    askProxy: (ask) =>
      send([`${ask.method} ${ask.target} HTTP/1.1`, `Host: ${ask.host ?? 'app.example'}`, ...common(ask)]),
  }
}

/** Request line and header lines. */
export function formsOf(family: Family, ask: Ask): readonly string[] {
  return forms[family](ask)
}

const forms: Readonly<Record<Family, (ask: Ask) => readonly string[]>> = {
  url: ({ method, target, host }) => [
    'GET /_cogate/auth HTTP/1.1',
    'Host: gate.internal',
    `X-Original-URL: https://${host}${target}`,
    `X-Original-Method: ${method}`,
  ],
  uri: ({ method, target, host }) => [
    'GET /_cogate/auth HTTP/1.0',
    `Host: ${host}`,
    `X-Original-URI: ${target}`,
    `X-Original-Method: ${method}`,
  ],
  forwarded: ({ method, target, host }) => [
    'GET /_cogate/auth HTTP/1.1',
    'Host: gate.internal',
    `X-Forwarded-Method: ${method}`,
    'X-Forwarded-Proto: https',
    `X-Forwarded-Host: ${host}`,
    `X-Forwarded-Uri: ${target}`,
  ],
  path: ({ method, target, host }) => [`${method} /_cogate/ext-authz${target} HTTP/1.1`, `Host: ${host}`],
}

/** Request targets of the endpoint. */
export function targetsOf(target: string): readonly string[] {
  return ['/_cogate/auth', `/_cogate/ext-authz${target}`]
}

function toAnswer({ responses: [response] }: RawExchange): Answer {
  if (response === undefined) throw new Error('there is no answer')
  const body = response.body.toString()
  const code = body.startsWith('{') ? (JSON.parse(body) as { readonly code?: string }).code : undefined
  return { status: response.status, headers: response.headers, body, code }
}
