/** Where a configuration reads credentials, for tests. */
import type { Credentials } from '../../src/credentials/credentials.ts'
import { loadCredentials } from '../../src/credentials/load.ts'
import { createConfig, testPool } from './runtime.ts'

export interface CredentialsSettings {
  readonly sources: readonly string[]
  /** What is other than in the pool of the tests. */
  readonly pool?: object
  readonly publicUrl?: string
}

export function createCredentials({ sources, pool, publicUrl }: CredentialsSettings): Promise<Credentials> {
  const userPools = [
    { ...testPool, ...pool },
    { ...testPool, id: 'eu-west-1_OTHERPOOL', clientIds: ['client2'] },
  ]
  return loadCredentials(
    createConfig({ credentials: { sources }, userPools, ...(publicUrl !== undefined && { publicUrl }) }),
  )
}
