/**
 * Reads the COGATE_* variables. One that neither the table nor Kubernetes explains is a mistake, and is never ignored.
 */

import type { Issues } from '../issues/issues.ts'
import { findNearest, findSynonym } from '../issues/nearest.ts'
import type { Place } from '../issues/place.ts'
import { guessFor } from '../issues/suggest.ts'
import type { Option } from '../table/option.ts'
import { envNames } from '../table/option.ts'
import type { ReadFile } from './file-layer.ts'
import { faultOf } from './file-layer.ts'
import type { TextEntry } from './text-layer.ts'
import { pathOf } from './text-layer.ts'

export type Environment = Readonly<Record<string, string | undefined>>

export interface EnvironmentContext {
  readonly options: readonly Option[]
  readonly issues: Issues
  readonly readFile: ReadFile
}

export const CONFIG_VARIABLE = 'COGATE_CONFIG'

/** What Kubernetes sets in every container of a namespace for each Service called cogate or cogate-something. */
const SERVICE_LINK = /^COGATE_(?:\w+_)?(?:SERVICE_HOST|SERVICE_PORT(?:_\w+)?|PORT_\d+_(?:TCP|UDP|SCTP)(?:_\w+)?)$/
const SERVICE_LINK_PORT = /^COGATE_(?:\w+_)?PORT$/

/** An empty variable is left out where the table allows it. Any other is refused later: a demand must not vanish. */
export function readEnvironment(env: Environment, context: EnvironmentContext): readonly TextEntry[] {
  const names = new Map(context.options.flatMap((option) => envNames(option).map((name) => [name, option] as const)))
  const given = Object.entries(env).filter(([name, text]) => isOurs(name, names) && text !== undefined)
  return given.flatMap(([name, text = '']) => {
    const option = names.get(name)
    if (text === '' && option?.mayBeEmpty) return []
    if (option) return { option, kind: 'environment' as const, name, text }
    const secret = names.get(name.replace(/_FILE$/, ''))
    if (secret?.secret) return readSecretFile({ option: secret, name, text }, context)
    if (name !== CONFIG_VARIABLE && !isServiceLink(name, text)) reportUnknown(name, text, context)
    return []
  })
}

/** In small letters only where it can be none of another program. */
function isOurs(name: string, names: ReadonlyMap<string, Option>): boolean {
  const capitals = name.toUpperCase()
  return name.startsWith('COGATE_') || (capitals !== name && (names.has(capitals) || capitals === CONFIG_VARIABLE))
}

function isServiceLink(name: string, text: string): boolean {
  return SERVICE_LINK.test(name) || (SERVICE_LINK_PORT.test(name) && /^(?:tcp|udp|sctp):\/\//.test(text))
}

/** The value is shown only where it is an address of the gate's own: any other one may be a secret. */
function reportUnknown(name: string, text: string, { options, issues }: EnvironmentContext): void {
  const word = name.replace(/^cogate_/i, '')
  const listen = options.find(({ path }) => path === findSynonym(word, '') && path === 'listen')
  const known = [...options.flatMap(envNames), CONFIG_VARIABLE].map((each) => each.slice('COGATE_'.length))
  const nearest = findNearest(word, known)
  const near = listen ? 'COGATE_LISTEN' : nearest && `COGATE_${nearest}`
  const address = listen && guessFor(listen, listen.type, text)
  issues.add(
    {
      path: [name],
      found: 'a variable that cogate does not know',
      expected: near ?? 'one of the variables that cogate --help and docs/configuration.md list',
      line: near ? `${near}=${address ?? '…'}` : `unset ${name}`,
    },
    { kind: 'environment', name, text: '', yaml: false },
  )
}

function readSecretFile(
  { option, name, text }: { readonly option: Option; readonly name: string; readonly text: string },
  { issues, readFile }: EnvironmentContext,
): readonly TextEntry[] {
  const place: Place = { kind: 'environment', name, text, yaml: false }
  try {
    const held = readFile(text).replace(/\r?\n$/, '')
    // A file has one item a line; variables have commas between them.
    const isList = option.type.kind === 'list'
    return [{ option, kind: 'environment', name, text: isList ? held.replaceAll(/\r?\n/g, ',') : held }]
  } catch (error) {
    const found = `${text}, which ${faultOf(error)}`
    issues.addBroken(
      {
        path: pathOf(option),
        expected: 'a readable file that holds the secret',
        found,
        isShown: true,
        line: `${name}=/run/secrets/…`,
      },
      place,
    )
    return []
  }
}
