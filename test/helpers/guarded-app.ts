/** A Fastify application with the library in it, on a loopback port, whose keys come from the local issuer. */
import { Writable } from 'node:stream'
import type { FastifyInstance, FastifyServerOptions } from 'fastify'
import { fastify } from 'fastify'
import type { Test } from 'tap'
import type { Issuer } from '../../src/issuer/server.ts'
import type { CogateOptions } from '../../src/library/options.ts'
import { createPlugin } from '../../src/library/plugin.ts'

type LogLine = Readonly<Record<string, unknown>>

export interface GuardedApp {
  readonly app: FastifyInstance
  readonly port: number
  readonly url: string
  /** Of the application's log. */
  readonly lines: readonly LogLine[]
}

export interface GuardedAppOptions {
  readonly issuer: Issuer
  readonly options?: Partial<CogateOptions>
  readonly fastify?: FastifyServerOptions
  readonly now?: () => number
  /** Before the registration. */
  readonly before?: (app: FastifyInstance) => unknown
  /** Behind it: the routes. */
  readonly routes?: (app: FastifyInstance) => unknown
}

/** The options for tokens of this issuer. */
export function optionsFor({ poolId, clientId, issuer }: Issuer): CogateOptions {
  return { userPools: [{ id: poolId, clientIds: [clientId], issuer }] }
}

/** Listens, with keys. It is closed with the test. */
export async function startGuardedApp(t: Test, options: GuardedAppOptions): Promise<GuardedApp> {
  const { app, lines } = await createGuardedApp(t, options)
  await app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = app.server.address() as { port: number }
  return { app, lines, port, url: `http://127.0.0.1:${port}` }
}

/** Not ready yet. */
export async function createGuardedApp(t: Test, world: GuardedAppOptions): Promise<Pick<GuardedApp, 'app' | 'lines'>> {
  const { issuer, options, now, before, routes } = world
  const lines: LogLine[] = []
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      for (const text of chunk.toString().split('\n')) if (text !== '') lines.push(JSON.parse(text) as LogLine)
      done()
    },
  })
  const app = fastify({
    logger: { level: 'debug', stream },
    forceCloseConnections: true,
    ...world.fastify,
  }) as FastifyInstance
  t.teardown(() => app.close())
  await before?.(app)
  await app.register(createPlugin(now && { now }), { ...optionsFor(issuer), ...options })
  await routes?.(app)
  return { app, lines }
}

/** What a caller gets. `code` is the reason. */
export async function ask(url: string, headers: Record<string, string> = {}, method = 'GET') {
  const answer = await fetch(url, { headers, method })
  const text = await answer.text()
  return { status: answer.status, code: /"code":"(\w+)"/.exec(text)?.[1], text, headers: answer.headers }
}
