/**
 * How the built gate is run: with the flags of Node that `npm start` and the image give it. Adds none of its own.
 */
import { readFileSync } from 'node:fs'

const root = new URL('../', import.meta.url)

/** Arguments for the Node that runs this. `program` is the built one of this checkout, or of another. */
export function gateArguments(program = new URL('dist/main.js', root).pathname): readonly string[] {
  const { scripts } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8')) as { scripts: { start: string } }
  const [, flags = ''] = /\bnode ((?:--\S+ )*)dist\/main\.js start$/.exec(scripts.start) ?? []
  return [...flags.split(' ').filter((flag) => flag !== ''), program, 'start']
}
