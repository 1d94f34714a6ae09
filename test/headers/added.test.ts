import { join } from 'node:path'
import t from 'tap'
import { ConfigError } from '../../src/errors.ts'
import { compileAdded } from '../../src/headers/added.ts'
import { createConfig, createTestRuntime } from '../helpers/runtime.ts'

t.test('writes a line for each value, from the configuration and from files', async (t) => {
  const dir = t.testdir({ unix: 'Basic a\n', windows: 'b c\r\n', bare: 'd' })
  const files = ['windows', 'bare'].map((name) => join(dir, name))
  const added = compileAdded({
    headers: { 'X-A': ['1', '2'] },
    headerFiles: { Authorization: [join(dir, 'unix')], X_B: files },
  })
  t.equal(added.lines, 'X-A: 1\r\nX-A: 2\r\nAuthorization: Basic a\r\nX_B: b c\r\nX_B: d\r\n')
  t.strictSame(added.names, new Set(['x-a', 'authorization', 'x-b']))
  t.strictSame(compileAdded({}), { lines: '', names: new Set() })
})

t.test('takes no file that holds anything but the value of one header', async (t) => {
  const dir = t.testdir({ two: 'a\nX-Admin: 1', empty: '', wide: 'é', blank: ' a' })
  for (const name of ['two', 'empty', 'wide', 'blank', 'absent']) {
    t.throws(() => compileAdded({ headerFiles: { 'X-A': [join(dir, name)] } }), Error, name)
  }
})

t.test('a header that the preset sets cannot be added as well', async (t) => {
  const upstream = { ...createConfig().upstream, headers: { 'x-forwarded-USER': ['mallory'] } }
  t.throws(() => createTestRuntime({ upstream }), ConfigError)
  const identityHeaders = { ...createConfig().identityHeaders, preset: 'none' } as const
  t.doesNotThrow(() => createTestRuntime({ upstream, identityHeaders }))
})
