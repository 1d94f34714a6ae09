/**
 * The documentation as data: pages, fenced blocks with their marker, tables, headings. Reads Markdown; knows no claim.
 */
import { globSync, readFileSync } from 'node:fs'
import { loadConfig } from '../../src/config/load.ts'

const root = new URL('../../', import.meta.url)

export interface Block {
  readonly language: string
  /** The second word behind the backticks; '' when there is none. */
  readonly marker: string
  readonly text: string
  /** Of the opening fence. */
  readonly line: number
}

export interface Page {
  /** Relative to the root of the repository. */
  readonly path: string
  readonly text: string
  readonly blocks: readonly Block[]
  /** As GitHub spells them. */
  readonly anchors: ReadonlySet<string>
}

export function readRepositoryFile(path: string): string {
  return readFileSync(new URL(path, root), 'utf8')
}

/** Paths relative to the root; a folder ends with a slash in neither pattern nor result. */
export function findFiles(pattern: string): readonly string[] {
  return globSync(pattern, { cwd: root.pathname }).map((path) => path.replaceAll('\\', '/'))
}

export function readPage(path: string): Page {
  const text = readRepositoryFile(path)
  return { path, text, blocks: readBlocks(text), anchors: readAnchors(text) }
}

export function readPages(): readonly Page[] {
  return [...findFiles('*.md'), ...findFiles('docs/**/*.md')].toSorted().map(readPage)
}

function readBlocks(text: string): readonly Block[] {
  const fences = text.matchAll(/^```(\S*) ?(\S*)\n([\s\S]*?)^```$/gm)
  return [...fences].map(({ 1: language = '', 2: marker = '', 3: body = '', index }) => ({
    language,
    marker,
    text: body,
    line: text.slice(0, index).split('\n').length,
  }))
}

function readAnchors(text: string): ReadonlySet<string> {
  const headings = withoutBlocks(text).matchAll(/^#{1,6} (.+)$/gm)
  return new Set([...headings].map(({ 1: title = '' }) => toAnchor(title)))
}

function toAnchor(title: string): string {
  return title
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(' ', '-')
}

/** The prose: what stands outside fenced blocks. */
export function withoutBlocks(text: string): string {
  return text.replace(/^```[\s\S]*?^```$/gm, '')
}

/** The cells of the first table behind `after`, its head left out. */
export function readTable(text: string, after: string): readonly (readonly string[])[] {
  const at = text.indexOf(after)
  if (at === -1) throw new Error(`no "${after}" in the page`)
  const lines = text.slice(at).split('\n')
  const first = lines.findIndex((line) => line.startsWith('|'))
  const end = lines.findIndex((line, index) => index > first && !line.startsWith('|'))
  return lines.slice(first + 2, end).map((line) =>
    line
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim()),
  )
}

/** What stands between backticks. */
export function readWords(text: string): readonly string[] {
  return [...text.matchAll(/`([^`\n]+)`/g)].map(({ 1: word = '' }) => word)
}

/** Every NAME=value a shell block sets, its quotes taken off. */
export function readAssignments(shell: string): Readonly<Record<string, string>> {
  const pairs = shell.matchAll(/(?:^|\s)(?:-e )?(COGATE_\w+)=(?:'([^']*)'|"([^"]*)"|(\S+))/gm)
  return Object.fromEntries(
    [...pairs].map(({ 1: name = '', 2: single, 3: double, 4: bare }) => [name, single ?? double ?? bare ?? '']),
  )
}

/** What a reader sets first. */
const threeVariables = {
  COGATE_USER_POOL_ID: 'ap-northeast-1_AbCdEfGhI',
  COGATE_CLIENT_ID: '7h57kf5cf8b6sl9rexample',
  COGATE_UPSTREAM: 'http://127.0.0.1:8080',
} as const

/** A configuration block as a reader would use it: as the file, beside the three variables where it names no pool. */
export function loadBlock(yaml: string): ReturnType<typeof loadConfig> {
  const env = yaml.includes('userPools:') ? {} : threeVariables
  return loadConfig({ argv: ['--config', 'cogate.yaml'], env, readFile: () => yaml })
}
