/** Tells of files that change, symlinks followed: Kubernetes swaps the folder of a ConfigMap or a Secret. */
import { unwatchFile, watchFile } from 'node:fs'

/** How often the files are looked at. */
const checkMs = 5000

/** Keeps no process alive. A file that comes or goes has changed too. Returns what ends it. */
export function watchFiles(names: Iterable<string>, onChange: () => void): () => void {
  const watched = [...names]
  // Others may watch the same file: each has a listener of its own.
  const changed = () => onChange()
  for (const name of watched) watchFile(name, { interval: checkMs, persistent: false }, changed)
  return () => {
    for (const name of watched) unwatchFile(name, changed)
  }
}
