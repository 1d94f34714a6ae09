/** Answers whose length is zero, padded or at a boundary: what follows one answer is never read as part of another. */
import t from 'tap'
import { startRawStack } from '../helpers/stack.ts'
import { answerHeadsWith } from '../helpers/upstream.ts'

const longHeader = `X-Long: ${'x'.repeat(9000)}\r\n`

const answers = {
  'a length of four zeros': 'Content-Length: 0000\r\n\r\n',
  'a length of fifteen zeros': 'Content-Length: 000000000000000\r\n\r\n',
  'a length of four zeros behind a long head': `${longHeader}Content-Length: 0000\r\n\r\n`,
  'a padded length': 'Content-Length: 0005\r\n\r\nhello',
  'a padded length behind a long head': `${longHeader}Content-Length: 0005\r\n\r\nhello`,
  'chunks with padded sizes': 'Transfer-Encoding: chunked\r\n\r\n00005\r\nhello\r\n0000\r\n\r\n',
  'a length of sixteen zeros and more': `Content-Length: ${'0'.repeat(300)}\r\n\r\n`,
  'a length padded to sixteen digits and more': `Content-Length: ${'0'.repeat(300)}5\r\n\r\nhello`,
  'chunk sizes padded to thirteen digits and more': `Transfer-Encoding: chunked\r\n\r\n${'0'.repeat(12)}5\r\nhello\r\n${'0'.repeat(300)}\r\n\r\n`,
  'no chunk but the last, padded': 'Transfer-Encoding: chunked\r\n\r\n0000\r\n\r\n',
}

for (const [name, rest] of Object.entries(answers)) {
  t.test(
    `two pipelined requests get an answer each, when the service answers with ${name} (FLD-00, FLD-44)`,
    async (t) => {
      const script = answerHeadsWith(`HTTP/1.1 200 OK\r\nSet-Cookie: sid=alice\r\n${rest}`)
      const { head, send } = await startRawStack(t, script)
      const body = rest.includes('hello') ? 'hello' : ''
      const options = { expectResponses: 2, methods: ['GET', 'GET'], timeoutMs: 3000 }
      const { responses, rest: stray, timedOut } = await send(head('GET /1') + head('GET /2'), options)
      t.strictSame(
        responses.map((response) => [response.status, response.body.toString(), response.headers['set-cookie']]),
        [1, 2].map(() => [200, body, ['sid=alice']]),
      )
      t.strictSame([stray.length, timedOut], [0, false])
      const next = await send(head('GET /3'), { timeoutMs: 3000 })
      t.equal(next.responses[0]?.body.toString(), body, 'and so does a third, on any connection')
    },
  )
}

t.test('the caller is told the length without its padding (FLD-00)', async (t) => {
  const { head, send } = await startRawStack(t, answerHeadsWith('HTTP/1.1 200 OK\r\nContent-Length: 0005\r\n\r\nhello'))
  const { responses } = await send(head('GET /'))
  t.strictSame(responses[0]?.headers['content-length'], ['5'])
})
