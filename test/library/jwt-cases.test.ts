/** The tokens of jwt.jsonl, sent to a guarded application: each gets the verdict and the reason that the gate gives it. */
import t from 'tap'
import { reasons } from '../../src/reasons.ts'
import { type BuildContext, buildToken, caseClientId, casePoolId, makeCaseKeys } from '../helpers/build-jwt.ts'
import { caseIssuerOptions, publishPool, sendToken } from '../helpers/case-gate.ts'
import { expectationOf, readJwtCases } from '../helpers/cases.ts'
import { startGuardedApp } from '../helpers/guarded-app.ts'
import { startScriptedJwks, startTestIssuer } from '../helpers/issuer.ts'

const keys = makeCaseKeys()

t.test('every token that one request judges gets the verdict of the gate', async (t) => {
  const jwks = await startScriptedJwks(t, { keys: publishPool(keys) })
  const reached = new Set<string>()
  const app = await startGuardedApp(t, {
    issuer: await startTestIssuer(t, caseIssuerOptions),
    options: { userPools: [{ id: casePoolId, clientIds: [caseClientId], jwksUri: jwks.uri }] },
    routes: (own) =>
      own.get('/case/:id', async ({ params }) => {
        reached.add((params as { id: string }).id)
        return 'ok'
      }),
  })
  const context: BuildContext = { keys, now: Math.floor(Date.now() / 1000), canaryPort: 1 }
  // Bytes that Node takes for no request: the application answers them by itself.
  for (const row of readJwtCases('single').filter(({ reason }) => reason !== 'request_malformed')) {
    await t.test(`${row.id} ${row.name}`, async (t) => {
      const [verdict = ''] = expectationOf(row).split('+')
      const token = buildToken(row.build, context)
      const actual = await sendToken(t, { gate: app, token, path: `/case/${row.id}` })
      t.same([actual, reached.has(row.id)], verdict === 'accept' ? [200, true] : [row.reason, false])
      if (typeof actual === 'string') t.equal(verdict, `reject-${reasons[actual].status}`)
    })
  }
})
