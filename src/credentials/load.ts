/**
 * Compiles `credentials.sources` once. The default loads no other file.
 */
import { isBearerAlone } from '../config/credentials.ts'
import type { CredentialsSettings } from './compile.ts'
import type { Credentials } from './credentials.ts'
import { bearerAlone } from './credentials.ts'

export async function loadCredentials(config: CredentialsSettings): Promise<Credentials> {
  if (isBearerAlone(config.credentials)) return bearerAlone
  const { compileCredentials } = await import('./compile.ts')
  return compileCredentials(config)
}
