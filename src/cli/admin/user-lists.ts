/** The actions of `cogate users` that walk over many users: `list` and `cleanup`. A walk that stops says how to go on. */
import { printable, printableJson } from '../../admin/printable.ts'
import type { Sources } from '../../admin/users/activity.ts'
import { findActivity, findSources } from '../../admin/users/activity.ts'
import { changeUser } from '../../admin/users/changes.ts'
import type { Page, Pool, Query } from '../../admin/users/pages.ts'
import { readUsers } from '../../admin/users/pages.ts'
import type { Row } from '../../admin/users/rows.ts'
import { csvHead, toCsv, toLine, toRow } from '../../admin/users/rows.ts'
import { FaultError } from '../../errors.ts'
import type { Terminal } from '../command.ts'
import { confirm } from './ask.ts'
import type { Action, Words } from './user-words.ts'
import { isGiven, textOf, UsageError } from './user-words.ts'

const flag = { type: 'boolean' } as const
const value = { type: 'string' } as const
const nobody = { least: 0, most: 0 } as const

export const listActions: Readonly<Record<string, Action>> = {
  list: {
    flags: { filter: value, group: value, resume: value, max: value, csv: flag, json: flag, 'last-activity': flag },
    users: nobody,
    usage: `[--filter 'email ^= "a"' | --group G] [--last-activity] [--csv | --json] [--max N] [--resume TOKEN]`,
    run: listUsers,
  },
  cleanup: {
    flags: { 'inactive-for': value, 'dry-run': flag, delete: flag, yes: flag, 'by-change': flag, resume: value },
    users: nobody,
    usage: '--inactive-for 365d [--dry-run] [--delete] [--yes] [--by-change] [--resume TOKEN]',
    run: cleanUp,
  },
}

async function listUsers(words: Words, pool: Pool, terminal: Terminal): Promise<number> {
  const most = readCount(textOf(words, 'max'))
  const query = {
    filter: textOf(words, 'filter'),
    group: textOf(words, 'group'),
    resume: textOf(words, 'resume'),
    pageSize: Math.min(most, 60),
  }
  if (query.filter !== undefined && query.group !== undefined) throw new UsageError('either --filter or --group')
  const sources = isGiven(words, 'last-activity') ? await findSources(pool) : undefined
  const writer = createWriter(words, sources !== undefined, terminal)
  const state = { count: 0 }
  const stop = await walk({ pool, query, terminal }, async ({ users }) => {
    for (const user of users) {
      writer.write(toRow(user, sources && (await findActivity(pool, user, sources))))
      state.count++
    }
    return state.count < most
  })
  writer.end()
  return stop === 'fault' ? 1 : 0
}

function readCount(text: string | undefined): number {
  if (text === undefined) return Number.POSITIVE_INFINITY
  if (!/^[1-9]\d*$/.test(text)) throw new UsageError(`--max ${text}: expected a number of users`)
  return Number(text)
}

interface Writer {
  readonly write: (row: Row) => void
  readonly end: () => void
}

/** JSON is one document, also when the walk stops. */
function createWriter(words: Words, withActivity: boolean, { print }: Terminal): Writer {
  const [isCsv, isJson] = [isGiven(words, 'csv'), isGiven(words, 'json')]
  if (isCsv && isJson) throw new UsageError('either --csv or --json')
  if (isCsv) {
    print(`${csvHead(withActivity)}\r\n`)
    return { write: (row) => print(`${toCsv(row)}\r\n`), end: () => undefined }
  }
  if (!isJson) return { write: (row) => print(`${toLine(row)}\n`), end: () => undefined }
  const state = { before: '[\n' }
  return {
    write: (row) => {
      print(`${state.before}${printableJson(row)}`)
      state.before = ',\n'
    },
    end: () => print(state.before === '[\n' ? '[]\n' : '\n]\n'),
  }
}

const dayMs = 24 * 3_600_000

async function cleanUp(words: Words, pool: Pool, terminal: Terminal): Promise<number> {
  const since = new Date(Date.now() - readDays(textOf(words, 'inactive-for')) * dayMs)
  const sources = await findSources(pool)
  const isDry = isGiven(words, 'dry-run')
  refuseGuess(words, sources)
  const change = isGiven(words, 'delete') ? 'delete' : 'disable'
  if (!isDry) await makeSure(words, `${change} every user of ${pool.id} without activity since ${since.toISOString()}`)
  const state = { count: 0 }
  const stop = await walk({ pool, query: { resume: textOf(words, 'resume') }, terminal }, async ({ users }) => {
    const open = change === 'delete' ? users : users.filter(({ Enabled }) => Enabled !== false)
    for (const user of open) {
      const activity = await findActivity(pool, user, sources, since)
      if (activity.at >= since) continue
      if (!isDry) await changeUser(pool, change, user.Username ?? '')
      terminal.print(`${isDry ? 'would be ' : ''}${change}d  ${toLine(toRow(user, activity))}\n`)
      state.count++
    }
    return true
  })
  terminal.warn(`${state.count} users ${isDry ? 'would be ' : ''}${change}d\n`)
  return stop === 'fault' ? 1 : 0
}

function readDays(text = ''): number {
  const [, count = ''] = /^([1-9]\d{0,4})d$/.exec(text) ?? []
  if (count === '') throw new UsageError(`--inactive-for ${text}: expected days, such as 365d`)
  return Number(count)
}

/** The last change of an account is no sign-in: a user who signs in every day may have changed nothing for years. */
function refuseGuess(words: Words, { signIns }: Sources): void {
  if (signIns || isGiven(words, 'by-change')) return
  const why = 'this pool does not write down sign-ins (threat protection is off)'
  throw new UsageError(`${why}; --by-change goes by the last change of each account, and takes active users too`)
}

async function makeSure(words: Words, what: string): Promise<void> {
  if (isGiven(words, 'yes')) return
  const answer = await confirm(`Look at --dry-run first. Now ${what}?`)
  if (answer === undefined) throw new UsageError('there is no terminal to ask at: add --yes')
  if (!answer) throw new FaultError('nothing was changed')
}

interface Walk {
  readonly pool: Pool
  readonly query: Query
  readonly terminal: Terminal
}

const progressEvery = 600

/**
 * Goes on while `use` says so. After Ctrl-C or a fault, or when nobody reads the list any more, it says how to go on from the page
 * that is not finished.
 */
async function walk({ pool, query, terminal }: Walk, use: (page: Page) => Promise<boolean>) {
  const interrupt = new AbortController()
  const onSignal = () => interrupt.abort()
  process.once('SIGINT', onSignal)
  process.stdout.once('error', onSignal)
  const state: { next: string | undefined; looked: number } = { next: query.resume, looked: 0 }
  try {
    for await (const page of readUsers(pool, query)) {
      const goesOn = await use(page)
      state.next = page.next
      state.looked += page.users.length
      if (state.looked % progressEvery === 0 && page.next !== undefined) terminal.warn(`${state.looked} users so far\n`)
      if (!goesOn || interrupt.signal.aborted) break
    }
    if (state.next !== undefined) terminal.warn(resumeLine(state.next))
    return interrupt.signal.aborted ? 'fault' : 'end'
  } catch (error) {
    if (!(error instanceof FaultError)) throw error
    terminal.warn(`cogate users: ${error.message}\n${resumeLine(state.next)}`)
    return 'fault'
  } finally {
    process.removeListener('SIGINT', onSignal)
    process.stdout.removeListener('error', onSignal)
  }
}

/** The token comes from AWS, and goes into a shell. */
function resumeLine(next: string | undefined): string {
  return next === undefined ? '' : `To go on, within an hour: the same command with --resume '${printable(next)}'\n`
}
