import { validateHeaderName } from 'node:http'
import t from 'tap'
import { canonicalName } from '../../src/headers/names.ts'
import { type IdentityHeader, presets } from '../../src/headers/presets.ts'

const tables: [string, readonly IdentityHeader[]][] = Object.entries(presets)

t.test('every preset names valid headers, each once', async (t) => {
  for (const [preset, table] of tables) {
    for (const { name } of table) t.doesNotThrow(() => validateHeaderName(name), `${preset} ${name}`)
    const names = table.map(({ name }) => canonicalName(name))
    t.equal(new Set(names).size, names.length, preset)
  }
})

t.test('every header of a preset is a claim, the token or the user pool', async (t) => {
  for (const [preset, table] of tables) {
    for (const { name, claims, token, pool } of table) {
      t.equal(claims.length === 0, token === true || pool === true, `${preset} ${name}`)
    }
  }
})

t.test('the default preset sets the promised headers', async (t) => {
  t.strictSame(
    presets.default.map(({ name }) => name),
    [
      'X-Forwarded-User',
      'X-Forwarded-Groups',
      'X-Forwarded-Email',
      'X-Forwarded-Preferred-Username',
      'X-Cognito-Sub',
      'X-Cognito-Client-Id',
      'X-Cognito-Scope',
      'X-Cognito-Token-Use',
      'X-Cognito-User-Pool-Id',
    ],
  )
})
