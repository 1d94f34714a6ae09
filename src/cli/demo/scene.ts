/** What differs between the demo with tokens and the demo with a sign-in. */
import type { Issuer } from '../../issuer/server.ts'
import type { EchoPage } from './echo.ts'

export interface Scene {
  readonly title: string
  /** What the service shows to a browser; undefined: JSON, as to everybody. */
  readonly page?: EchoPage
  /** Variables for the gate beside those of every demo. `origin` is where the gate will be. */
  environment(place: { readonly issuer: Issuer; readonly origin: string }): Readonly<Record<string, string>>
  /** Lines that say what to do with it. */
  describe(places: Places): readonly string[]
}

export interface Places {
  readonly issuerUrl: string
  readonly gateUrl: string
  readonly dim: (text: string) => string
}
