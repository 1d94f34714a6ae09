/** A contender that does not gate is found out before it is measured. */
import { createServer } from 'node:http'
import t, { type Test } from 'tap'
import { findGap } from '../../bench/proof.ts'
import { listenOnLoopback } from '../helpers/listen.ts'

const setOf = (token: string) => ({ tokens: [token], file: '' })
const tokens = {
  hot: setOf('good'),
  many: setOf('good'),
  tampered: setOf('tampered'),
  forged: setOf('forged'),
  foreign: setOf('foreign'),
  expired: setOf('expired'),
  sessions: setOf('session'),
  storedSessions: setOf('session'),
}

/** Of a server that answers these tokens, and callers without one, with 200 and the rest with 401. */
async function gapOf(t: Test, ...accepted: readonly (string | undefined)[]): Promise<string | undefined> {
  const server = createServer((request, response) => {
    const token = request.headers.authorization?.replace('Bearer ', '')
    response.writeHead(accepted.includes(token) ? 200 : 401).end()
  })
  const { port } = await listenOnLoopback(t, server)
  return findGap({ url: `http://127.0.0.1:${port}` }, { tokens })
}

t.test('a gate that lets good tokens in and nothing else has no gap', async (t) => {
  t.equal(await gapOf(t, 'good'), undefined)
})

t.test('a gate that is shut to good tokens is found out', async (t) => {
  t.equal(await gapOf(t), 'answers a good token with 401')
})

for (const [open, gap] of [
  [undefined, 'answers no token with 200'],
  ['tampered', 'answers a bad signature with 200'],
  ['foreign', 'answers a key the pool does not have with 200'],
  ['expired', 'answers an expired token with 200'],
] as const) {
  t.test(`a gate that is open is found out: it ${gap}`, async (t) => t.equal(await gapOf(t, 'good', open), gap))
}

t.test('a gate that answers nothing is found out', async (t) => {
  t.equal(await findGap({ url: 'http://127.0.0.1:1' }, { tokens }), 'answers a good token with 0')
})
