/**
 * `npm run build`: the program with the packages it needs, bundled into dist/, and the licences of those packages
 * (docs/adr/0015-bundle.md). Takes another directory as its argument. Not part of the cogate command.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { BuildOptions } from 'esbuild'
import { build } from 'esbuild'
import { helpText } from '../src/cli/help.ts'

const root = fileURLToPath(new URL('..', import.meta.url))

/** Nothing is minified, so that people can read the stack traces in a log. */
const common = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  target: 'node22.21',
  metafile: true,
  write: false,
  logLevel: 'warning',
} as const satisfies BuildOptions

/** Replaces the content of the directory, after everything has been built. */
async function bundle(directory: string): Promise<void> {
  refuseForeign(directory)
  const program = await build({
    ...common,
    entryPoints: { main: 'src/main.ts' },
    outdir: directory,
    format: 'esm',
    // Modules that the program imports late stay files of their own.
    splitting: true,
    // For commands of administrators only, who install it beside the program (docs/adr/0001-dependencies.md).
    external: ['@aws-sdk/client-cognito-identity-provider'],
    // CommonJS packages call `require` for modules of Node; an ES module has none, so it is made here.
    banner: {
      js: "import { createRequire as makeRequire } from 'node:module'; const require = makeRequire(import.meta.url)",
    },
  })
  // config/yaml.ts loads this package by `require` when it reads the first text, so it lies where that looks first.
  const yaml = await build({ ...common, entryPoints: ['yaml'], outfile: join(directory, 'node_modules/yaml.js') })
  const inputs = [program, yaml].flatMap(({ metafile }) => Object.keys(metafile.inputs))
  const licences = licencesOf(packagesOf(inputs))
  rmSync(directory, { recursive: true, force: true })
  for (const { path, contents } of [...program.outputFiles, ...yaml.outputFiles]) {
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, contents)
  }
  writeFileSync(join(directory, licencesFile), licences)
  // For a Node.js that is too old to render it.
  writeFileSync(join(directory, 'help.txt'), helpText())
}

const licencesFile = 'LICENSES.txt'

/** A wrong argument, such as the folder of the sources, must not empty that folder. */
function refuseForeign(directory: string): void {
  const files = existsSync(directory) ? readdirSync(directory) : []
  if (files.length > 0 && !files.includes('main.js')) throw new Error(`${directory} holds something else than a build`)
}

/** The folders of the packages that the files belong to. */
function packagesOf(files: readonly string[]): readonly string[] {
  const folders = files.flatMap((file) => /^.*\bnode_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0] ?? [])
  return [...new Set(folders)].sort()
}

function licencesOf(packages: readonly string[]): string {
  return packages
    .map((folder) => {
      const { name, version, license } = readPackage(folder)
      return [`${name} ${version}: ${license}`, ...licenceTexts(folder)].join('\n\n')
    })
    .join(`\n\n${'='.repeat(80)}\n\n`)
}

/** The licence files of a package; its readme when it has none. */
function licenceTexts(folder: string): readonly string[] {
  const files = readdirSync(join(root, folder))
  const own = files.filter((file) => /^(?:licen[cs]e|notice|copying)/i.test(file))
  const texts = own.length > 0 ? own : files.filter((file) => /^readme/i.test(file))
  if (texts.length === 0) throw new Error(`${folder} has neither a licence file nor a readme`)
  return texts.map((file) => readText(folder, file))
}

function readPackage(folder: string): { name: string; version: string; license: string } {
  return JSON.parse(readText(folder, 'package.json')) as ReturnType<typeof readPackage>
}

function readText(folder: string, file: string): string {
  return readFileSync(join(root, folder, file), 'utf8').trim()
}

const [, , directory = join(root, 'dist')] = process.argv
await bundle(resolve(directory))
