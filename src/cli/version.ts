/**
 * The version of this package, from its package.json: as part of the program, wherever that lies.
 */
import packageJson from '../../package.json' with { type: 'json' }

export function readVersion(): string {
  return packageJson.version
}
