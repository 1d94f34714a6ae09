/**
 * Where the keys of a pool are published: a URI or a file. Reads bytes and never judges them.
 */
import { readFileSync } from 'node:fs'
import { isLoopbackHost } from '../../config/table/addresses.ts'

interface Source {
  /** For events: no query, no credentials. */
  readonly name: string
  /** Only of an emulator may the private key be public knowledge. */
  readonly isEmulator: boolean
}

export interface FileSource extends Source {
  readonly kind: 'file'
  /** Synchronous, so that a gate with pinned keys is ready before it listens. */
  read(): Uint8Array
}

export interface UriSource extends Source {
  readonly kind: 'uri'
  read(): Promise<Uint8Array>
}

export type KeySource = FileSource | UriSource

export function fileSource(path: string): FileSource {
  return { kind: 'file', name: path, isEmulator: true, read: () => readFileSync(path) }
}

export function uriSource(uri: string, read: () => Promise<Uint8Array>, insecureHttp = false): UriSource {
  const url = URL.parse(uri)
  const name = url === null ? 'not a URI' : `${url.host}${url.pathname}`
  return { kind: 'uri', name, isEmulator: mayBeEmulator(uri, insecureHttp), read }
}

/** On this machine, or where the pool allows plain http from other hosts. */
export function mayBeEmulator(uri: string, insecureHttp: boolean): boolean {
  return isLoopbackUri(uri) || (insecureHttp && uri.startsWith('http:'))
}

/** Whether its host is this machine. Text that is no URI has no host. */
export function isLoopbackUri(uri: string): boolean {
  return isLoopbackHost(URL.parse(uri)?.hostname ?? '')
}

/** What went wrong, cut to a short line. */
export function faultText(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).slice(0, 200)
}
