/** Code that runs in a cogate process before cogate does, workers included: what a test does to it from within. */

/** Variables for the process; `script` is a module that may import what Node.js brings. */
export function preload(script: string): { readonly NODE_OPTIONS: string } {
  const url = `data:text/javascript,${encodeURIComponent(script)}`
  return { NODE_OPTIONS: `${process.env['NODE_OPTIONS'] ?? ''} --import ${url}` }
}

/** A script that writes `loads URL`, a line for each module, to standard error. */
export const reportLoads = `
import { writeSync } from 'node:fs'
import { registerHooks } from 'node:module'
registerHooks({
  load(url, context, next) {
    writeSync(2, 'loads ' + url + '\\n')
    return next(url, context)
  },
})`
