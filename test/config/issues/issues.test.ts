import t from 'tap'
import { collectIssues } from '../../../src/config/issues/issues.ts'
import { parseKey } from '../../../src/config/table/key.ts'

const place = { kind: 'file', name: 'cogate.yaml:1:1', text: '5', yaml: true } as const

function isBroken(broken: string, key: string): boolean {
  const issues = collectIssues()
  issues.addBroken({ path: parseKey(broken), expected: 'a text', write: 'a' }, place)
  return issues.isBroken(key)
}

t.test('a broken key breaks what holds it and what it holds, and nothing beside it', async (t) => {
  t.ok(isBroken('routes[0]', 'routes[0].path'))
  t.ok(isBroken('routes[0].groups[1]', 'routes[0].groups'))
  t.ok(isBroken('listen', 'listen'))
  t.ok(isBroken('', 'listen'))
  t.ok(isBroken('listen', ''))
  t.notOk(isBroken('routes[0].path', 'routes[0].host'))
  t.notOk(isBroken('routes[1]', 'routes[10]'))
  t.notOk(isBroken('routes[10]', 'routes[1]'))
  t.notOk(isBroken('upstream', 'upstreams'))
})
