/**
 * Where the keys of a pool are published: a URI or a file. Reads bytes and never judges them.
 */
import { readFileSync } from 'node:fs'
import { isLoopbackHost } from '../../config/table/addresses.ts'

interface Source {
  /** For events: no query, no credentials. */
  readonly name: string
  /** On this machine. Only there may an emulator be used whose private key is public knowledge. */
  readonly isLocal: boolean
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
  return { kind: 'file', name: path, isLocal: true, read: () => readFileSync(path) }
}

export function uriSource(uri: string, read: () => Promise<Uint8Array>): UriSource {
  const url = URL.parse(uri)
  const name = url === null ? 'not a URI' : `${url.host}${url.pathname}`
  return { kind: 'uri', name, isLocal: isLoopbackUri(uri), read }
}

/** Whether its host is this machine. Text that is no URI has no host. */
export function isLoopbackUri(uri: string): boolean {
  return isLoopbackHost(URL.parse(uri)?.hostname ?? '')
}

/** What went wrong, cut to a short line. */
export function faultText(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).slice(0, 200)
}
