/**
 * The client of http-cache-tests as a process: `node run-cache-tests.ts PACKAGE_FOLDER BASE_URL [TOKEN]` prints the result
 * of each test as JSON. The package keeps its results in module state, so each run needs a process of its own.
 */
import { pathToFileURL } from 'node:url'

interface TestGroup {
  readonly id: string
  readonly tests: readonly { readonly id: string }[]
}

interface Runner {
  runTests(groups: readonly TestGroup[], fetcher: typeof fetch, browser: boolean, base: string, atOnce: number): unknown
  getResults(): Readonly<Record<string, unknown>>
}

/** All of them: each pauses for seconds, for what is cached to become stale. */
const testsAtOnce = 1000

const [folder = '', base = '', token] = process.argv.slice(2)
const load = (file: string): Promise<unknown> => import(new URL(file, pathToFileURL(`${folder}/`)).href)
const { runTests, getResults } = (await load('client/runner.mjs')) as Runner
const { default: groups } = (await load('tests/index.mjs')) as { default: readonly TestGroup[] }
const { default: surrogates } = (await load('tests/surrogate-control.mjs')) as { default: TestGroup }

/** A test that brings credentials of its own keeps them. */
const fetchAs: typeof fetch = (input, init) => {
  const headers = new Headers(init?.headers)
  if (token !== undefined && !headers.has('authorization')) headers.set('authorization', `Bearer ${token}`)
  return fetch(input, { ...init, headers })
}

await runTests([...groups, surrogates], fetchAs, false, base, testsAtOnce)
console.log(JSON.stringify(getResults()))
