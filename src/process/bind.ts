/**
 * Opens and closes a listener. For an address that cannot be used the user gets a text that says what to do, never a
 * stack.
 */
import type { FastifyInstance } from 'fastify'
import type { ListenAddress } from '../config/config.ts'
import { FaultError } from '../errors.ts'

const listenFaults: Readonly<Record<string, string>> = {
  EADDRINUSE: 'the port is in use; stop what holds it or choose another',
  EADDRNOTAVAIL: 'this machine has no such address',
  EACCES: 'a port below 1024 needs a privilege; choose a higher one',
}

/** Resolves to the URL. Throws FaultError, whose text names the configuration key of the address. */
export async function bind(server: FastifyInstance, address: ListenAddress, key: string): Promise<string> {
  try {
    return await server.listen({ host: address.host, port: address.port, listenTextResolver: () => '' })
  } catch (error) {
    const { code } = error as { code?: string }
    const why = listenFaults[String(code)] ?? String(code)
    throw new FaultError(`${key}: cannot listen on ${address.host}:${address.port}: ${why}`)
  }
}

/** A drain may have closed the socket already; closing it again is not a fault. */
export async function unbind(server: FastifyInstance): Promise<void> {
  try {
    await server.close()
  } catch (error) {
    if ((error as { code?: string }).code !== 'ERR_SERVER_NOT_RUNNING') throw error
  }
}
