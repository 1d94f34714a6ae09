/**
 * A rendered container, put into effect on this machine: the files of its volumes in a folder, its arguments and variables for
 * the real command line. Paths of the container become paths in that folder.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'
import type { Manifest } from './helm.ts'

/** Contents by name of the object, then by key. */
export type Objects = Readonly<Record<string, Readonly<Record<string, string>>>>

interface LaidOut {
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
}

interface Pod {
  readonly spec: Manifest
  readonly container: Manifest
  /** ConfigMaps and Secrets; the rendered ones too. */
  readonly objects: Objects
}

/** Throws where a volume, an object or a key is missing: such a pod would not start. */
export function layOut(t: Test, { spec, container, objects }: Pod): LaidOut {
  const root = mkdtempSync(join(tmpdir(), 'cogate-pod-'))
  t.teardown(() => rmSync(root, { recursive: true }))
  const here = (text: string) => text.replaceAll(/\/etc\/cogate\//g, `${root}/etc/cogate/`)
  for (const mount of container.volumeMounts) {
    const folder = join(root, mount.mountPath)
    mkdirSync(folder, { recursive: true })
    const volume = spec.volumes.find(({ name }: { name: string }) => name === mount.name)
    for (const [path, text] of filesOf(volume, objects)) writeFileSync(join(folder, path), here(text))
  }
  const env = container.env.map(({ name, value }: { name: string; value: string }) => [name, here(value)])
  return { args: container.args ?? ['start'], env: Object.fromEntries(env) }
}

function filesOf({ configMap, secret }: Manifest, objects: Objects): readonly (readonly [string, string])[] {
  const name: string = configMap?.name ?? secret.secretName
  const held = objects[name]
  if (held === undefined) throw new Error(`no ConfigMap or Secret ${name}`)
  const items: readonly { key: string; path: string }[] | undefined = secret?.items
  if (items === undefined) return Object.entries(held)
  return items.map(({ key, path }) => {
    const text = held[key]
    if (text === undefined) throw new Error(`no key ${key} in ${name}`)
    return [path, text]
  })
}

/** The rendered ConfigMaps, as objects for `layOut`. */
export function configMapsOf(manifests: readonly Manifest[]): Objects {
  return Object.fromEntries(
    manifests.filter(({ kind }) => kind === 'ConfigMap').map(({ metadata, data }) => [metadata.name, data]),
  )
}
