/**
 * The version of this package. Its package.json becomes part of the program, so that no file is looked for at run time.
 */
import packageJson from '../../package.json' with { type: 'json' }

export function readVersion(): string {
  return packageJson.version
}
