import t from 'tap'
import { compileFurther, refuseFurther } from '../../../src/decide/demands/further.ts'

t.test('a token of which nothing was kept meets no demand', async (t) => {
  const refuse = (demands: Parameters<typeof compileFurther>[0]) =>
    refuseFurther(undefined, compileFurther(demands), '/undefined')
  t.equal(refuse({}), undefined)
  t.equal(refuse({ tokenUse: ['access', 'id'] }), 'token_use_not_allowed')
  t.equal(refuse({ subject: 'user' }), 'user_required')
  t.equal(refuse({ subject: 'machine' }), 'machine_required')
  t.equal(refuse({ claims: { a: ['undefined'] } }), 'insufficient_claims')
  t.equal(refuse({ claims: { a: [':a'] }, path: '/:a' }), 'insufficient_claims')
})
