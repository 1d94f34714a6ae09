#!/usr/bin/env node
/**
 * argv to exit code: the only place that ends the process. Loads the program only on a Node that can run it.
 */

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
if (major < 22 || (major === 22 && minor < 19)) {
  process.stderr.write(`cogate needs Node.js 22.19 or newer; this is ${process.version}\n`)
  process.exit(1)
}

const { run } = await import('./cli/run.ts')
process.exit(await run(process.argv.slice(2)))
