/**
 * `npm run docs`: writes docs/configuration.md, docs/commands.md, docs/troubleshooting.md, config.schema.json and the schema of the Helm chart's
 * values from the tables in the code; with `--check` it only says whether they are stale. Takes another root as its argument. Not part of the cogate command.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { renderConfigurationDoc } from '../src/config/render/docs.ts'
import { renderSchema } from '../src/config/render/schema.ts'
import { renderCommands } from './describe-commands.ts'
import { renderFamilies } from './describe-families.ts'
import { renderFindings } from './describe-findings.ts'
import { renderOptionTypes } from './describe-options.ts'
import { renderPresets } from './describe-presets.ts'
import { renderValuesSchema } from './describe-values.ts'

export interface GeneratedFile {
  /** Relative to the root of the repository. */
  readonly path: string
  readonly text: string
}

export function renderGeneratedFiles(): readonly GeneratedFile[] {
  return [
    {
      path: 'docs/configuration.md',
      text: renderConfigurationDoc({ 'Identity headers': renderPresets() + renderFamilies() }),
    },
    { path: 'docs/commands.md', text: renderCommands() },
    { path: 'docs/troubleshooting.md', text: renderFindings('en') },
    { path: 'docs/troubleshooting.ja.md', text: renderFindings('ja') },
    { path: 'src/library/options.ts', text: renderOptionTypes() },
    { path: 'config.schema.json', text: `${JSON.stringify(renderSchema(), null, 2)}\n` },
    { path: 'deploy/helm/cogate/values.schema.json', text: `${JSON.stringify(renderValuesSchema(), null, 2)}\n` },
  ]
}

export function writeGeneratedFiles(root: string): void {
  for (const { path, text } of renderGeneratedFiles()) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
}

/** For each stale file its first line that differs. Empty when all files are current. */
export function findStaleFiles(root: string): readonly string[] {
  return renderGeneratedFiles().flatMap(({ path, text }) => {
    const current = readIfThere(join(root, path)).split('\n')
    const wanted = text.split('\n')
    const at = wanted.findIndex((line, index) => line !== current[index])
    if (at === -1 && wanted.length === current.length) return []
    const line = at === -1 ? wanted.length : at
    return [`${path}:${line + 1} is stale: run npm run docs\n- ${current[line] ?? ''}\n+ ${wanted[line] ?? ''}`]
  })
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

function main(argv: readonly string[]): void {
  const root = argv.find((argument) => !argument.startsWith('--')) ?? fileURLToPath(new URL('..', import.meta.url))
  if (!argv.includes('--check')) writeGeneratedFiles(root)
  const stale = findStaleFiles(root)
  if (stale.length === 0) return
  process.stderr.write(`${stale.join('\n')}\n`)
  process.exitCode = 1
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main(process.argv.slice(2))
