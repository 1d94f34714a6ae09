/**
 * `npm run build`: the program and the library, each bundled into dist/ with the packages it needs, the types of the library, and
 * the licences of those packages (docs/adr/0015-bundle.md, docs/adr/0021-library.md). Takes another directory as its argument, and `--program` for a build without the library. Not
 * part of the cogate command.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { BuildOptions, Plugin } from 'esbuild'
import { build } from 'esbuild'
import { helpText } from '../src/cli/help/help.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const words = process.argv.slice(2).filter((word) => word !== '--program')
/** For the image: without the library and its types. */
const isProgramAlone = process.argv.includes('--program')

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

/** An ES module that runs as it lies there. */
const module = {
  format: 'esm',
  // Modules that are imported late stay files of their own.
  splitting: true,
  // CommonJS packages call `require` for modules of Node; an ES module has none, so it is made here.
  banner: {
    js: "import { createRequire as makeRequire } from 'node:module'; const require = makeRequire(import.meta.url)",
  },
} as const satisfies BuildOptions

/** Of every file of the library, so it is said before any of them runs. */
const libraryBanner = `${module.banner.js}
if (Number(process.versions.node.split('.')[0]) < 22) throw new Error('cogate needs Node.js 22.21 or 24.9, or newer; this is ' + process.version)`

const program = {
  ...common,
  ...module,
  entryPoints: { main: 'src/main.ts' },
  // For commands of administrators only, who install it beside the program (docs/adr/0001-dependencies.md).
  external: ['@aws-sdk/client-cognito-identity-provider'],
} as const satisfies BuildOptions

/** Commands, and processes beside the gate, load what they need without it. */
const partOfGate = /^src\/(?!cli\/|explain\/|main\.ts|process\/workers\/)/

/** The modules that a running gate loads late. */
async function findLateModules(): Promise<ReadonlySet<string>> {
  const { metafile } = await build({ ...program, outdir: root })
  const imports = Object.entries(metafile.inputs).flatMap(([file, input]) =>
    partOfGate.test(file) ? input.imports : [],
  )
  return new Set(imports.filter(({ kind }) => kind === 'dynamic-import').map(({ path }) => join(root, path)))
}

/**
 * esbuild puts files into one chunk that the same entry points reach, and each module that is loaded late is an entry point.
 * So each of them would take a few files of the gate into small chunks, and Node.js needs a millisecond and 100 kB for each
 * chunk. A late module of the gate comes when the gate is there, so this plugin lets it import the gate.
 */
async function gateFirst(): Promise<Plugin> {
  const late = await findLateModules()
  const gate = `import '${join(root, 'src/process/start-gate.ts')}'`
  return {
    name: 'gate-first',
    setup: ({ onLoad }) =>
      onLoad({ filter: /\.ts$/ }, ({ path }) =>
        late.has(path) ? { contents: `${readFileSync(path, 'utf8')}\n${gate}`, loader: 'ts' } : undefined,
      ),
  }
}

/** Replaces the content of the directory, after everything has been built. */
async function bundle(directory: string): Promise<void> {
  refuseForeign(directory)
  const bundled = await build({ ...program, outdir: directory, plugins: [await gateFirst()] })
  const library = isProgramAlone ? [] : [await buildLibrary(directory)]
  // config/yaml.ts loads this package by `require` when it reads the first text, so it lies where that looks first.
  const yaml = await build({ ...common, entryPoints: ['yaml'], outfile: join(directory, 'node_modules/yaml.js') })
  const inputs = [bundled, ...library, yaml].flatMap(({ metafile }) => Object.keys(metafile.inputs))
  const licences = licencesOf(packagesOf(inputs))
  rmSync(directory, { recursive: true, force: true })
  for (const { path, text } of [bundled, ...library, yaml].flatMap(({ outputFiles }) => outputFiles)) {
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, toAscii(text))
  }
  if (!isProgramAlone) await writeTypes(directory)
  // Node.js asks for the nearest one at every file, and the project's is long.
  writeFileSync(join(directory, 'package.json'), '{"type":"module"}\n')
  writeFileSync(join(directory, licencesFile), licences)
  // For a Node.js that is too old to render it.
  writeFileSync(join(directory, 'help.txt'), helpText())
}

/**
 * V8 keeps a file in one byte a character, and in two if a single character is not ASCII. What is left of those stands in
 * comments and regular expressions, and both may have escapes: esbuild writes strings in ASCII.
 */
function toAscii(text: string): string {
  return text.replaceAll(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

/** By itself: files that both share would be more files for the start of a gate. */
function buildLibrary(directory: string) {
  return build({
    ...common,
    ...module,
    banner: { js: libraryBanner },
    entryPoints: { index: 'src/index.ts' },
    chunkNames: 'library-[hash]',
    outdir: directory,
    // The application brings it, and its types are those of the plugin.
    external: ['fastify'],
  })
}

/** The types are checked by lint. */
const declarationFlags = [
  ...['--ignoreConfig', '--noCheck', '--declaration', '--emitDeclarationOnly', '--allowImportingTsExtensions'],
  ...['--module', 'nodenext', '--target', 'es2024', '--types', 'node', '--resolveJsonModule', '--skipLibCheck'],
] as const

/** The declarations of src/index.ts, and of what they name: most files of the library have no public type. */
async function writeTypes(directory: string): Promise<void> {
  const all = mkdtempSync(join(tmpdir(), 'cogate-types-'))
  const options = { encoding: 'utf8' } as const
  try {
    const places = [join(root, 'src/index.ts'), '--rootDir', join(root, 'src'), '--outDir', all]
    const { status, stdout, stderr } = spawnSync(await findCompiler(), [...places, ...declarationFlags], options)
    if (status !== 0) throw new Error(`tsc wrote no declarations:\n${stdout}${stderr}`)
    copyTypes(all, directory, 'index')
  } finally {
    rmSync(all, { recursive: true })
  }
}

/** The program itself: its wrapper is a module that the loaders of a test runner cannot load. */
async function findCompiler(): Promise<string> {
  const { default: find } = (await import(join(root, 'node_modules/typescript/lib/getExePath.js'))) as {
    default: () => string
  }
  return find()
}

/** `name` is without its ending. Copies the files that it names too; a file of a package names no file of sources. */
function copyTypes(from: string, to: string, name: string): void {
  const target = join(to, `${name}.d.ts`)
  if (existsSync(target)) return
  const text = readFileSync(join(from, `${name}.d.ts`), 'utf8').replaceAll(/(from '\.[^']*)\.ts'/g, "$1.js'")
  mkdirSync(dirname(target), { recursive: true })
  writeFileSync(target, text)
  for (const [, other = ''] of text.matchAll(/from '(\.[^']*)\.js'/g)) copyTypes(from, to, join(dirname(name), other))
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

await bundle(resolve(words[0] ?? join(root, 'dist')))
