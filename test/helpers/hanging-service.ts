/** A service whose process hangs: the system takes a few connections for it and drops all others without a word. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import type { Test } from 'tap'
import { createTally } from './tally.ts'

const hanging = `
  const { writeSync } = require('node:fs')
  const server = require('node:http').createServer((_request, response) => response.end('slow'))
  server.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
    writeSync(1, String(server.address().port))
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, Number(process.argv[1]))
  })`

export interface Hanging {
  /** How many connections fill the backlog. */
  readonly callers: number
  /** It serves after this time; default never. */
  readonly hangsMs?: number
}

/** Its address is 127.0.0.1. Resolves to its port once its backlog is full. */
export async function startHanging(t: Test, { callers, hangsMs = Number.POSITIVE_INFINITY }: Hanging): Promise<number> {
  const child = spawn(process.execPath, ['-e', hanging, String(hangsMs)], { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = once(child, 'exit')
  const [port] = await once(child.stdout, 'data')
  const taken = createTally()
  const sockets = Array.from({ length: callers }, () =>
    connect(Number(port), '127.0.0.1', taken.add).on('error', () => {}),
  )
  t.teardown(async () => {
    for (const socket of sockets) socket.destroy()
    child.kill('SIGKILL')
    await ended
  })
  await taken.reached(2)
  return Number(port)
}
