/**
 * `cogate health`: asks a running gate how it is, for health checks of containers, which have no other program to ask
 * with. Must not read more of the configuration than the address of the ops listener.
 */
import type { LoadInput } from '../../config/load.ts'
import { findOpsListener } from '../../config/load.ts'
import { formatAddress, reachableAddress } from '../../config/table/addresses.ts'
import { ConfigError, FaultError } from '../../errors.ts'
import { readArguments } from '../arguments.ts'
import type { Terminal } from '../command.ts'
import { askOps } from './ask.ts'

/** Below the shortest time that Docker, Podman and ECS give a check. */
const timeoutMs = 2000

/** Exit code 0 when the gate is ready, with `--live` when it is live. Throws FaultError otherwise. */
export async function healthCommand(argv: readonly string[], { env, print }: Terminal): Promise<number> {
  const { given, rest } = readArguments(argv, { '--live': 'switch' })
  const url = `${findOrigin({ argv: rest, env })}${given.has('--live') ? '/livez' : '/readyz'}`
  const { status, text } = await askOps(url, AbortSignal.timeout(timeoutMs))
  if (status !== 200) throw new FaultError(`health: ${url} answered ${status}${text && `: ${text}`}`)
  print(`${url} answered ${status}\n`)
  return 0
}

function findOrigin(input: LoadInput): string {
  const { listen, source } = findOpsListener(input)
  if (listen.port !== 0) return `http://${formatAddress(reachableAddress(listen))}`
  const expected = 'a port that is named: with port 0 the system chooses one, and health cannot know it'
  const fix = 'COGATE_OPS_LISTEN=:9464'
  throw new ConfigError([{ key: 'ops.listen', source, found: formatAddress(listen), expected, fix }])
}
