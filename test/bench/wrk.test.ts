/** What wrk says, and the script it is given. */
import t from 'tap'
import { parseWrk, wrkScript } from '../../bench/load/wrk.ts'

const head = `Running 4s test @ http://127.0.0.1:8181/x
  1 threads and 64 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency     1.02ms  200.00us   9.00ms   91.00%
`
const tail = 'Requests/sec:  25000.00\nTransfer/sec:      4.00MB\n'

t.test('a clean report has requests and seconds and no errors', async (t) => {
  const counts = parseWrk(`${head}  100000 requests in 4.00s, 15.00MB read\n${tail}`)
  t.same(counts, { requests: 100_000, seconds: 4, refused: 0, socketErrors: 0 })
})

t.test('refused answers and socket errors of every kind are counted', async (t) => {
  const errors = '  Socket errors: connect 1, read 20, write 300, timeout 4000\n  Non-2xx or 3xx responses: 77\n'
  const counts = parseWrk(`${head}  99 requests in 1.10m, 15.00MB read\n${errors}${tail}`)
  t.same(counts, { requests: 99, seconds: 66, refused: 77, socketErrors: 4321 })
})

t.test('output that is no report is an error that shows it', async (t) => {
  t.throws(() => parseWrk('unable to connect to 127.0.0.1:1'), /unable to connect/)
})

t.test('the script sends a token a request, at most as many as wanted, with the body', async (t) => {
  const load = { url: 'http://127.0.0.1:1/x?y', connections: 1, seconds: 1 }
  const script = wrkScript({ ...load, method: 'POST', bodyBytes: 9, tokensFile: '/t', tokenCount: 5 })
  t.match(script, 'for line in io.lines("/t") do if #tokens < 5 then')
  t.match(script, 'string.rep("x", 9)')
  t.match(script, 'wrk.format("POST", "/x"')
  t.notMatch(wrkScript(load), 'io.lines')
})
