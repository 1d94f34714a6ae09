/**
 * Runs before what needs the Node.js release of this folder, on whatever `node` npm finds: an older one does not run
 * TypeScript, and would end with a stack. JavaScript that old releases understand.
 */
const [major, minor] = process.versions.node.split('.').map(Number)
const isNew = major === 22 ? minor >= 21 : major > 24 || (major === 24 && minor >= 9)
if (!isNew) {
  process.stderr.write(
    `cogate needs Node.js 22.21 or 24.9, or newer; npm found ${process.version}. Run: npm rebuild node (installs the release that npm ci --ignore-scripts left out)\n`,
  )
  process.exit(1)
}
