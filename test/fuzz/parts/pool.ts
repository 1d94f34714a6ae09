/** The user pool of every fuzzer: one set of keys for the whole run, for making them takes a while. */
import { createKeys } from '../../../src/issuer/keys.ts'
import { type Issuer, startIssuer } from '../../../src/issuer/server.ts'

export const keys = createKeys()

export const startPool = (): Promise<Issuer> => startIssuer({ keys })
