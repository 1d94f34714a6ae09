/**
 * One closed-loop load on one URL, by either tool, in a process of its own. Counts what came back; never judges it.
 */
import { startPinned } from '../process.ts'
import type { Load, LoadCounts, LoadTool } from './job.ts'
import { runWrk } from './wrk.ts'

export function runLoad(tool: LoadTool, load: Load): Promise<LoadCounts> {
  return tool.name === 'wrk' ? runWrk(tool, load) : runChild('autocannon.ts', load, tool.core)
}

/** Runs one of the clients beside this file with a job, and reads the result it prints. */
export async function runChild<Result>(script: string, job: object, core: number | undefined): Promise<Result> {
  const path = new URL(script, import.meta.url).pathname
  const child = await startPinned(process.execPath, [path, JSON.stringify(job)], { core })
  await child.ended
  const last = child.lines.at(-1) ?? ''
  if (!last.startsWith('{')) throw new Error([`${script} failed`, ...child.lines.slice(-10)].join('\n'))
  return JSON.parse(last) as Result
}
