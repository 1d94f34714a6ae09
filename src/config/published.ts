/**
 * The parts of `Config` about what the gate publishes of itself.
 */

export interface ResourceMetadataConfig {
  readonly enabled: boolean
  /** Paths of the public origin; `/` is the origin itself. No slash at their end. */
  readonly resources: readonly string[]
  /** Undefined: those that rules demand. */
  readonly scopes?: readonly string[]
  readonly name?: string
  readonly documentation?: string
  /** Of the authorization server, where its own metadata name none. */
  readonly registrationEndpoint?: string
}
