/**
 * The key that all workers of a process sign identities with where no file holds one: made by the primary, once.
 */
import type { Config } from '../../config/config.ts'
import { makePrivateKey } from '../../identity-token/signing-keys.ts'

export class KnownIdentity {
  readonly #made = new Map<string, string>()

  /** The configuration with the key, where the workers need one. */
  addTo(config: Config): Config {
    const { audience, keyFile, algorithm } = config.identityToken
    if (audience === undefined || keyFile !== undefined) return config
    const known = this.#made.get(algorithm) ?? makePrivateKey(algorithm)
    this.#made.set(algorithm, known)
    return { ...config, identityToken: { ...config.identityToken, known } }
  }
}
