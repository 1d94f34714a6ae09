import t from 'tap'
import { renderPresets } from '../../scripts/describe-presets.ts'
import type { HeaderPreset } from '../../src/config/identity-headers.ts'
import { OPTIONS } from '../../src/config/table/options.ts'
import { compileIdentity } from '../../src/headers/identity.ts'
import { presets } from '../../src/headers/presets.ts'
import { readTable, readWords } from '../docs/pages.ts'

const text = renderPresets()
const rows = readTable(text, '### Presets')

t.test('there is a row for each header of each preset, with its claims and how it is written', async (t) => {
  const wanted = Object.entries(presets).flatMap(([preset, table]) =>
    table.map(({ name, claims, format, encoding, ...rest }) =>
      'token' in rest || 'pool' in rest ? [preset, name] : [preset, name, ...claims, format, encoding],
    ),
  )
  t.same(
    rows.map((cells) => cells.flatMap(readWords)),
    wanted,
  )
  t.match(rows.at(-1), ['`alb`', '`X-Amzn-Oidc-Accesstoken`', 'the token itself'])
})

t.test('every preset that can be chosen has rows or a remark', async (t) => {
  const type = OPTIONS.find(({ path }) => path === 'identityHeaders.preset')?.type
  t.same(type?.kind === 'enum' ? type.values : [], Object.keys(presets))
  for (const preset of Object.keys(presets)) t.match(text, new RegExp(`^(?:\\| |- )\`${preset}\``, 'm'), preset)
})

t.test(
  'X-Amzn-Oidc-Data is in no preset: it is sent where an identity is signed, and is removed whatever the preset, as the page says',
  async (t) => {
    t.match(
      text,
      /`alb` sends .*`X-Amzn-Oidc-Data`, .* is sent where \[an identity is signed\].* Otherwise there is none\./,
    )
    for (const preset of Object.keys(presets) as HeaderPreset[]) {
      t.notMatch(presets[preset].map(({ name }) => name.toLowerCase()).join(), 'oidc-data', preset)
      t.ok(
        compileIdentity({ preset, stripPrefixes: [], passToken: true, unverifiedEmail: 'drop' }).owns(
          'x-amzn-oidc-data',
        ),
        preset,
      )
    }
  },
)
