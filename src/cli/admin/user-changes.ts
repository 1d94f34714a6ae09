/** The actions of `cogate users` that change single users. */
import { findPhoneMistake } from '../../admin/phone.ts'
import { printable } from '../../admin/printable.ts'
import type { Change, Factor } from '../../admin/users/changes.ts'
import {
  addToGroup,
  changeUser,
  createUser,
  FACTORS,
  listGroupsOf,
  removeEmailFactor,
  removeFromGroup,
  setFactor,
} from '../../admin/users/changes.ts'
import { FaultError } from '../../errors.ts'
import { askSecret, confirm, readSecret } from './ask.ts'
import type { Action, Words } from './user-words.ts'
import { isGiven, textOf, textsOf, UsageError } from './user-words.ts'

const several = { least: 1, most: 100 } as const
const one = { least: 1, most: 1 } as const
const many = { type: 'string', multiple: true } as const
const flag = { type: 'boolean' } as const

const tokensStay = 'access tokens that are out stay good at a gate until they end'

/** What is said of each change when it is done. */
const done = {
  disable: `disabled; ${tokensStay}`,
  enable: 'enabled',
  delete: `deleted; ${tokensStay}`,
  'reset-password': 'gets a code to set a new password, and cannot sign in until then',
  'sign-out': `signed out everywhere; ${tokensStay}`,
} as const satisfies Record<Change, string>

export const changeActions: Readonly<Record<string, Action>> = {
  create: {
    flags: {
      email: { type: 'string' },
      phone: { type: 'string' },
      attribute: many,
      group: many,
      verified: flag,
      'password-stdin': flag,
      permanent: flag,
      'no-message': flag,
    },
    users: one,
    usage:
      'USER [--email E] [--phone P] [--verified] [--attribute NAME=VALUE …] [--group G …] [--password-stdin] [--permanent] [--no-message]',
    run: async (words, pool, { print }) => {
      const [name = ''] = words.users
      const attributes = readAttributes(words)
      const password = await readPassword(words)
      await createUser(pool, {
        name,
        attributes,
        password,
        groups: textsOf(words, 'group'),
        permanent: isGiven(words, 'permanent'),
        sendsMessage: !isGiven(words, 'no-message'),
      })
      print(`${printable(name)}: created\n`)
      return 0
    },
  },
  disable: simple('disable'),
  enable: simple('enable'),
  delete: simple('delete'),
  'reset-password': simple('reset-password'),
  'sign-out': simple('sign-out'),
  'set-mfa': {
    flags: {},
    users: { least: 2, most: 2 },
    usage: `USER ${FACTORS.join('|')}`,
    run: async ({ users: [name = '', factor = ''] }, pool, { print, warn }) => {
      if (!isFactor(factor)) throw new UsageError(`${factor}: expected one of: ${FACTORS.join(', ')}`)
      await setFactor(pool, name, factor)
      if (factor === 'off') await removeEmailFactor(pool, name).catch((error: Error) => warn(`${error.message}\n`))
      print(`${printable(name)}: ${factor === 'off' ? 'no second factor' : `asked for ${factor}`}\n`)
      return 0
    },
  },
  groups: {
    flags: { add: many, remove: many },
    users: one,
    usage: 'USER [--add GROUP …] [--remove GROUP …]',
    run: async (words, pool, { print, warn }) => {
      const [name = ''] = words.users
      const [added, removed] = [textsOf(words, 'add'), textsOf(words, 'remove')]
      for (const group of added) await addToGroup(pool, name, group)
      for (const group of removed) await removeFromGroup(pool, name, group)
      for (const group of await listGroupsOf(pool, name)) print(`${printable(group)}\n`)
      if (added.length + removed.length > 0) warn('Tokens have the change from the next refresh on.\n')
      return 0
    },
  },
}

function simple(change: Change): Action {
  return {
    flags: change === 'delete' ? { yes: flag } : {},
    users: several,
    usage: change === 'delete' ? 'USER … [--yes]' : 'USER …',
    run: async (words, pool, { print }) => {
      if (change === 'delete' && !(await isSure(words, pool.id))) throw new FaultError('nothing was deleted')
      for (const [index, name] of words.users.entries()) {
        await changeUser(pool, change, name).catch((error: Error) => {
          const rest = words.users.slice(index).map(printable)
          throw new FaultError(`${printable(name)}: ${error.message}; not done: ${rest.join(', ')}`)
        })
        print(`${printable(name)}: ${done[change]}\n`)
      }
      return 0
    },
  }
}

async function isSure(words: Words, poolId: string): Promise<boolean> {
  if (isGiven(words, 'yes')) return true
  const names = words.users.map(printable).join(', ')
  const answer = await confirm(`Delete ${names} from the user pool ${poolId} for good?`)
  if (answer === undefined) throw new UsageError('there is no terminal to ask at: add --yes')
  return answer
}

function isFactor(text: string): text is Factor {
  return (FACTORS as readonly string[]).includes(text)
}

function readAttributes(words: Words): { Name: string; Value: string }[] {
  const [email, phone] = [textOf(words, 'email'), textOf(words, 'phone')]
  if (phone !== undefined) checkPhone(phone)
  const verified = isGiven(words, 'verified') ? 'true' : undefined
  const others = textsOf(words, 'attribute').map((text) => {
    const [, name, value] = /^([^=]+)=(.*)$/s.exec(text) ?? []
    if (name === undefined || value === undefined) throw new UsageError(`--attribute ${text}: expected NAME=VALUE`)
    return [name, value] as const
  })
  const named = [
    ['email', email],
    ['email_verified', email && verified],
    ['phone_number', phone],
    ['phone_number_verified', phone && verified],
    ...others,
  ] as const
  return named.flatMap(([Name, Value]) => (Value === undefined ? [] : [{ Name, Value }]))
}

function checkPhone(phone: string): void {
  const mistake = findPhoneMistake(phone)
  if (mistake === undefined) return
  const { suggestion = '+ and digits, such as +819012345678' } = mistake
  throw new UsageError(`--phone ${phone}: expected ${suggestion}`)
}

/** Undefined: Cognito makes a password and sends it. */
async function readPassword(words: Words): Promise<string | undefined> {
  const fromInput = isGiven(words, 'password-stdin')
  const password = fromInput ? await readSecret() : await askSecret('Temporary password (empty: Cognito makes one): ')
  if (fromInput && password === '') throw new UsageError('--password-stdin: standard input is empty')
  if (!isGiven(words, 'permanent')) return password
  if (password === undefined) throw new UsageError('--permanent needs a password')
  // Cognito writes the password of a new user into its message.
  if (!isGiven(words, 'no-message')) throw new UsageError('--permanent: the message would hold it; add --no-message')
  return password
}
