/**
 * A Compose file as the containers that it describes, without an engine: all share the network of this machine, as they
 * share one namespace there. Knows only what our files use.
 */
import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import { parse } from 'yaml'
import type { ContainerOptions, Image } from './buildah.ts'
import { containerCommand, runContainer } from './buildah.ts'

export interface Service {
  readonly image: string
  readonly network_mode?: string
  readonly networks?: readonly string[]
  readonly entrypoint?: readonly string[]
  readonly command?: readonly string[]
  readonly environment?: Readonly<Record<string, string>>
  readonly ports?: readonly string[]
  readonly healthcheck?: { readonly disable?: true; readonly test?: readonly string[]; readonly retries?: number }
  readonly read_only?: boolean
  readonly stop_grace_period?: string
}

export function readServices(text: string): Readonly<Record<string, Service>> {
  return (parse(text) as { readonly services: Readonly<Record<string, Service>> }).services
}

/** Resolves when every health check succeeds, like `up --wait`. */
export async function startServices(t: Test, image: Image, services: Readonly<Record<string, Service>>): Promise<void> {
  for (const service of Object.values(services)) runContainer(t, image, optionsOf(image, service))
  for (const { healthcheck, ...service } of Object.values(services)) {
    const [, ...command] = healthcheck?.test ?? []
    if (command.length > 0) await untilHealthy(t, image, { ...optionsOf(image, service), command })
  }
}

async function untilHealthy(t: Test, image: Image, check: ContainerOptions): Promise<void> {
  for (let tries = 100; tries > 0; tries--) if ((await runContainer(t, image, check).ended) === 0) return
  throw new Error('no container became healthy')
}

function optionsOf({ config }: Image, { entrypoint, command, environment, read_only }: Service): ContainerOptions {
  const all = [...(entrypoint ?? config.Entrypoint), ...(command ?? config.Cmd)]
  return { command: all, env: environment ?? {}, readOnly: read_only === true }
}

/** A folder with a `docker` that knows `docker compose -f FILE exec -T SERVICE COMMAND …`. */
export function makeDocker(t: Test, image: Image, services: Readonly<Record<string, Service>>): string {
  const folder = t.testdir()
  const cases = Object.entries(services).map(([name, service]) => {
    const words = containerCommand(image, { ...optionsOf(image, service), command: [] })
    return `${name}) exec ${words.map(quote).join(' ')} "$@" ;;`
  })
  const file = join(folder, 'docker')
  writeFileSync(file, `#!/bin/bash\nname=$6\nshift 6\ncase $name in\n${cases.join('\n')}\nesac\nexit 1\n`)
  chmodSync(file, 0o755)
  return folder
}

function quote(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`
}
