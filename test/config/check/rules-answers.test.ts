import t from 'tap'
import { loadYaml, yamlIssues } from '../loading.ts'

t.test('a realm is visible ASCII', async (t) => {
  for (const realm of ['https://auth.example.com/token?a=b', 'a "b" \\\\c', 'x'.repeat(200)]) {
    t.same(yamlIssues(`auth: { realm: '${realm}' }`), [], realm)
  }
  t.equal(loadYaml('').auth.realm, 'cogate')
  for (const realm of ['Zoë', 'a\\x01b', 'a\\tb', 'x'.repeat(201)]) {
    t.match(yamlIssues(`auth: { realm: "${realm}" }`), [{ key: 'auth.realm', fix: 'realm: cogate' }], realm)
  }
})
