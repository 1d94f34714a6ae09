import t from 'tap'
import { foldPath } from '../../../src/config/paths/fold.ts'

t.test('folds a configured path to the form of the requests it protects', async (t) => {
  t.equal(foldPath('/Admin/'), '/admin')
  t.equal(foldPath('/caf%C3%A9/*'), '/café/*')
  t.equal(foldPath('/Users/:Id'), '/users/:id')
  t.equal(foldPath('/'), '/')
})

t.test('folds a configured path that is not valid UTF-8 as it stands', async (t) => {
  t.equal(foldPath('/A%ff'), '/a%ff')
})
