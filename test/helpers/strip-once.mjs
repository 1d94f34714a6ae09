/**
 * Preloaded by the test runner: Node strips the types of a source file once, and every later process reads what was stripped.
 * Without it each of several hundred processes strips all of `src` again, which takes half of its time. Types become blanks,
 * so positions stay, for coverage too; and no compiled code is kept, from which coverage would miss field initialisers.
 */
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { registerHooks, stripTypeScriptTypes } from 'node:module'
import { fileURLToPath } from 'node:url'

const root = new URL('../../', import.meta.url)
/** Gone with the next `npm ci`. */
const folder = fileURLToPath(new URL(`node_modules/.cache/stripped-${process.version}/`, root))
mkdirSync(folder, { recursive: true })

registerHooks({
  load(url, context, nextLoad) {
    const isOurs = url.startsWith(root.href) && url.endsWith('.ts') && !url.includes('/node_modules/')
    return isOurs
      ? { format: 'module', source: strippedOf(fileURLToPath(url)), shortCircuit: true }
      : nextLoad(url, context)
  },
})

/** @param {string} file */
function strippedOf(file) {
  const text = readFileSync(file, 'utf8')
  const kept = `${folder}${createHash('sha256').update(text).digest('hex')}.js`
  try {
    return readFileSync(kept, 'utf8')
  } catch {
    const stripped = withoutWarning(() => stripTypeScriptTypes(text))
    // Another process may write the same file now.
    const own = `${kept}.${process.pid}`
    writeFileSync(own, stripped)
    renameSync(own, kept)
    return stripped
  }
}

/**
 * The function is experimental, and Node says so once: a test that looks for warnings would take it for one of ours.
 * @param {() => string} run
 */
function withoutWarning(run) {
  const { emitWarning } = process
  process.emitWarning = () => undefined
  try {
    return run()
  } finally {
    process.emitWarning = emitWarning
  }
}
