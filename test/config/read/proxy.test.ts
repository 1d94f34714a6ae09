import t from 'tap'
import { readProxy } from '../../../src/config/read/proxy.ts'

t.test('no proxy without a variable or with an empty one', async (t) => {
  for (const env of [{}, { HTTPS_PROXY: '' }, { https_proxy: '', HTTPS_PROXY: ' ' }, { HTTP_PROXY: 'http://p:1' }])
    t.equal(readProxy(env), undefined)
})

t.test('small letters win, and an address without a scheme is http', async (t) => {
  t.same(
    readProxy({ HTTPS_PROXY: 'http://large:1', https_proxy: 'small:3128', NO_PROXY: 'a', no_proxy: 'B, .c d:1' }),
    {
      url: 'http://small:3128/',
      except: ['b', '.c', 'd:1'],
    },
  )
  t.same(readProxy({ HTTPS_PROXY: 'https://u:p@large:1', NO_PROXY: '*' }), {
    url: 'https://u:p@large:1/',
    except: ['*'],
  })
})

for (const value of ['socks5://user:secret@p:1', 'http://', 'http://user:secret%zz@p:1', 'http://user:secret@p:99999'])
  t.test(`${value.replace(/secret/, '…')} is a mistake whose password is not shown`, async (t) => {
    const issue = readProxy({ HTTPS_PROXY: value })
    t.match(issue, { key: 'HTTPS_PROXY', source: 'environment HTTPS_PROXY' })
    t.notMatch(JSON.stringify(issue), 'secret')
  })
