/**
 * The last TLS files that fitted together, kept by the primary: a worker that starts while a file is missing or half
 * written serves with them. Logs nothing; the worker says what is wrong with the files.
 */
import { readFileSync } from 'node:fs'
import { createSecureContext } from 'node:tls'
import type { Config, TlsMaterial, UpstreamConfig } from '../../config/config.ts'
import { watchFiles } from '../watch-files.ts'

interface TlsFiles {
  readonly certFile?: string
  readonly keyFile?: string
  readonly caFile?: string
  readonly clientCaFile?: string
}

export class KnownTls {
  readonly #config: Config
  readonly #known = new Map<TlsFiles, TlsMaterial>()

  constructor(config: Config) {
    this.#config = config
    for (const files of this.#groups()) this.#learn(files)
  }

  /** The configuration with what is known now. The files are read again before. */
  addTo(config: Config): Config {
    for (const files of this.#groups()) this.#learn(files)
    const own = this.#config.tls && this.#known.get(this.#config.tls)
    const withKnown = <T extends UpstreamConfig>(service: T, files: TlsFiles | undefined): T => {
      const known = files && this.#known.get(files)
      return { ...service, tls: { ...service.tls, ...(known && { known }) } }
    }
    const { upstream, upstreams } = this.#config
    return {
      ...config,
      ...(config.tls && { tls: { ...config.tls, ...(own && { known: own }) } }),
      upstream: withKnown(config.upstream, upstream.tls),
      upstreams: config.upstreams.map((service) => {
        return withKnown(service, upstreams.find(({ name }) => name === service.name)?.tls)
      }),
    }
  }

  /** Learns of every change, so that what is known is what the workers serve with. Returns what ends it. */
  watch(): () => void {
    const ends = this.#groups().map((files) => watchFiles(namesOf(files), () => this.#learn(files)))
    return () => {
      for (const end of ends) end()
    }
  }

  #groups(): readonly TlsFiles[] {
    const { tls, upstream, upstreams } = this.#config
    const services = upstreams.map((service) => service.tls)
    return [tls, upstream.tls, ...services]
      .filter((files) => files !== undefined)
      .filter((files) => namesOf(files).length > 0)
  }

  #learn(files: TlsFiles): void {
    try {
      const material = readMaterial(files)
      createSecureContext(material)
      this.#known.set(files, material)
    } catch {
      // What was known stays.
    }
  }
}

function namesOf({ certFile, keyFile, caFile, clientCaFile }: TlsFiles): readonly string[] {
  return [certFile, keyFile, caFile, clientCaFile].filter((name) => name !== undefined)
}

function readMaterial({ certFile, keyFile, caFile = undefined, clientCaFile = caFile }: TlsFiles): TlsMaterial {
  const read = (name: string): string => readFileSync(name, 'utf8')
  return {
    ...(certFile === undefined ? {} : { cert: read(certFile) }),
    ...(keyFile === undefined ? {} : { key: read(keyFile) }),
    ...(clientCaFile === undefined ? {} : { ca: read(clientCaFile) }),
  }
}
