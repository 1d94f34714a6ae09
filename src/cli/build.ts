/**
 * `npm run build`: the program with the packages it needs, bundled into dist/, and the licences of those packages
 * (docs/adr/0015-bundle.md). Takes another directory as its argument. Not part of the cogate command.
 */
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { BuildOptions } from 'esbuild'
import { build } from 'esbuild'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** Names stay, and so do the lines of functions: a stack in a log is read by people. */
const common = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  target: 'node22.21',
  metafile: true,
  logLevel: 'warning',
} as const satisfies BuildOptions

async function bundle(directory: string): Promise<void> {
  rmSync(directory, { recursive: true, force: true })
  const program = await build({
    ...common,
    entryPoints: { main: 'src/main.ts' },
    outdir: directory,
    format: 'esm',
    // What the program loads late stays a file of its own.
    splitting: true,
    // Packages ask for modules of Node by `require`, which these files have to make.
    banner: { js: "const require = process.getBuiltinModule('node:module').createRequire(import.meta.url)" },
  })
  // Asked for by `require` when there is a text to read (config/yaml.ts), so it lies where that looks first.
  const yaml = await build({ ...common, entryPoints: ['yaml'], outfile: join(directory, 'node_modules/yaml.js') })
  const inputs = [program, yaml].flatMap(({ metafile }) => Object.keys(metafile.inputs))
  writeFileSync(join(directory, 'LICENSES.txt'), licencesOf(packagesOf(inputs)))
}

/** Folders of the packages that the files are of. */
function packagesOf(files: readonly string[]): readonly string[] {
  const folders = files.flatMap((file) => /^.*\bnode_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0] ?? [])
  return [...new Set(folders)].sort()
}

function licencesOf(packages: readonly string[]): string {
  return packages
    .map((folder) => {
      const { name, version, license } = readPackage(folder)
      const texts = readdirSync(join(root, folder)).filter((file) => /^(?:licen[cs]e|notice|copying)/i.test(file))
      return [`${name} ${version}: ${license}`, ...texts.map((file) => readText(folder, file))].join('\n\n')
    })
    .join(`\n\n${'='.repeat(80)}\n\n`)
}

function readPackage(folder: string): { name: string; version: string; license: string } {
  return JSON.parse(readText(folder, 'package.json')) as ReturnType<typeof readPackage>
}

function readText(folder: string, file: string): string {
  return readFileSync(join(root, folder, file), 'utf8').trim()
}

const [, , directory = join(root, 'dist')] = process.argv
await bundle(directory)
