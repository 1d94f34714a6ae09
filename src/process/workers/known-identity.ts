/**
 * The key that all workers of a process sign identities with where no file holds one: made by the primary, once.
 */
import type { Config } from '../../config/config.ts'

export class KnownIdentity {
  readonly #made = new Map<string, string>()

  /** The configuration with the key, where the workers need one. Otherwise nothing is loaded for it. */
  async addTo(config: Config): Promise<Config> {
    const { audience, keyFile, algorithm } = config.identityToken
    if (audience === undefined || keyFile !== undefined) return config
    const { makePrivateKey } = await import('../../identity-token/signing-keys.ts')
    const known = this.#made.get(algorithm) ?? makePrivateKey(algorithm)
    this.#made.set(algorithm, known)
    return { ...config, identityToken: { ...config.identityToken, known } }
  }
}
