#!/usr/bin/env node
/**
 * Runs one command and exits with its code. Nothing else ends the process. The program is loaded only on a Node that can run
 * it: older ones cannot decline an upgrade and lose requests to it.
 */

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
const canDecline = major === 22 ? minor >= 21 : major > 24 || (major === 24 && minor >= 9)
if (!canDecline) {
  const { answerOldNode } = await import('./cli/old-node.ts')
  process.exit(answerOldNode(process.argv.slice(2)))
}

const { run } = await import('./cli/run.ts')
process.exit(await run(process.argv.slice(2)))
