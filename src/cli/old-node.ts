/**
 * What a Node.js answers that is too old for the program: help and version, or one line that says what to do. Loads
 * nothing of the program, and is written so that old releases understand it.
 */
import { readFileSync } from 'node:fs'

const needsNewer = 'cogate needs Node.js 22.21 or 24.9, or newer;'
const whatToDo =
  'Install a newer one, or take the one that npm installs with cogate: npx node dist/main.js (npm rebuild node, if it is missing)'

/** Returns the exit code. `here` is the folder of the built program, in which the build has left the text of the help. */
export function answerOldNode(argv: readonly string[], here: URL = new URL('.', import.meta.url)): number {
  const asked = argv[0] === 'help' ? '--help' : argv.find((word) => /^(?:--help|-h|--version|-v)$/.test(word))
  if (asked === '--help' || asked === '-h') return print(readText('help.txt', here))
  if (asked !== undefined) return print(`${JSON.parse(readText('../package.json', here)).version}\n`)
  process.stderr.write(`${needsNewer} this is ${process.version}. ${whatToDo}\n`)
  return 1
}

function print(text: string): number {
  process.stdout.write(text)
  return 0
}

function readText(name: string, here: URL): string {
  return readFileSync(new URL(name, here), 'utf8')
}
