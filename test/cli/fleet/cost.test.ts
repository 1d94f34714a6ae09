/** `cogate cost`: a month of a million users at three replicas, one of which was started again. */
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { ActiveUsers } from '../../../src/ops/cost/active-users.ts'
import { keepActivity } from '../../../src/ops/cost/keep-activity.ts'
import { createLogger } from '../../../src/ops/log.ts'
import { createOpsServer } from '../../../src/ops/server.ts'
import type { Claims } from '../../../src/tokens/claims.ts'
import { runCogate } from '../../helpers/cogate-process.ts'
import { listenOnLoopback } from '../../helpers/listen.ts'

const pool = 'eu-west-1_AbCdEfGhI'
const start = Date.parse('2026-11-01T00:00:00Z')
const monthSeconds = 30 * 24 * 3600

function claims(changes: Readonly<Record<string, unknown>>): Claims {
  const iat = start / 1000
  return { iss: 'x', token_use: 'access', client_id: 'c1', exp: iat, iat, ...changes } as unknown as Claims
}

async function serve(t: Test, users: ActiveUsers): Promise<string> {
  const none = () => Promise.reject(new Error('not asked'))
  const app = createOpsServer({ readiness: none, metrics: none, activity: () => users.part(), onFault() {} })
  t.teardown(() => app.close())
  return app.listen({ host: '127.0.0.1', port: 0 })
}

t.test(
  'a month of a million users: three replicas together, one after a restart, within 2 % of the truth',
  async (t) => {
    const log = createLogger({ level: 'silent' })
    const file = join(t.testdir(), 'users.json')
    const truth = { user: 1_000_000, federated: 20_000, machine: 5000 }
    const replicas = [new ActiveUsers(), new ActiveUsers(), new ActiveUsers()]
    const feed = (from: number, to: number) => {
      for (let user = from; user < to; user++) {
        const iat = start / 1000 + (user % monthSeconds)
        const person = claims({ sub: `user-${user}`, username: `u${user}`, iat })
        // A user meets one replica, or another one as well.
        replicas[user % 3]?.add(person, pool, start)
        if (user % 7 === 0) replicas[(user + 1) % 3]?.add(person, pool, start)
      }
    }
    feed(0, truth.user / 2)
    const kept = keepActivity({ users: replicas[0] as ActiveUsers, file, log })
    await kept.end()
    replicas[0] = new ActiveUsers()
    await keepActivity({ users: replicas[0], file, log }).end()
    feed(truth.user / 2, truth.user)
    for (let user = 0; user < truth.federated; user++) {
      const groups = [`${pool}_Okta`]
      replicas[user % 3]?.add(claims({ sub: `f-${user}`, username: 'f', 'cognito:groups': groups }), pool, start)
    }
    for (let token = 0; token < truth.machine; token++)
      replicas[token % 3]?.add(claims({ sub: 'c1', jti: `j${token}` }), pool, start)
    const urls = await Promise.all(replicas.map((users) => serve(t, users)))

    const { code, stdout } = await runCogate(t, ['cost', '--json', '--plan', 'lite', ...urls])
    t.equal(code, 0)
    const bill = JSON.parse(stdout)
    t.match(bill, { month: '2026-11', plan: 'lite', pools: [{ pool }], error: 0.012 })
    for (const [kind, count] of Object.entries(truth)) {
      const estimate = bill.pools[0][kind]
      t.ok(Math.abs(estimate / count - 1) < 0.02, `${kind}: ${estimate} of ${count}`)
    }
    const exact = 90_000 * 0.0055 + 900_000 * 0.0046
    t.ok(Math.abs(bill.lines[0].price / exact - 1) < 0.03, `$${bill.lines[0].price} for $${exact}`)
    const sum = bill.lines.reduce((all: number, { price }: { price: number }) => all + price, 0)
    t.ok(Math.abs(bill.total - sum) < 0.01)

    const text = (await runCogate(t, ['cost', ...urls])).stdout
    for (const part of [
      /2026-11 \(UTC\), estimated: ±1.2 %/,
      /plan essentials/,
      /cannot see/,
      pool,
      /total +\$1\d,\d{3}\.\d\d/,
    ])
      t.match(text, part)
    const alone = (await runCogate(t, ['cost', '--json', '--file', file])).stdout
    t.ok(JSON.parse(alone).pools[0].user < truth.user / 4, 'a file alone')
  },
)

t.test('a month that nobody was seen in, and the one before', async (t) => {
  const users = new ActiveUsers()
  for (const iat of [start / 1000, start / 1000 - 1]) users.add(claims({ sub: `u${iat}`, iat }), pool, start)
  const url = await serve(t, users)
  t.match((await runCogate(t, ['cost', url, '--month', '2026-10'])).stdout, /Active users in 2026-10/)
  t.equal((await runCogate(t, ['cost', url, '--month', '2026-01'])).stdout, 'No active users in 2026-01.\n')
  t.equal((await runCogate(t, ['cost', await serve(t, new ActiveUsers())])).stdout, 'No active users.\n')
})

t.test('a listener or a file that cannot be read is a fault, and never a bill that is too low', async (t) => {
  const folder = t.testdir({ bad: '{', other: '{"version":9}' })
  const good = await serve(t, new ActiveUsers())
  const other = await serve(t, new ActiveUsers('another secret'))
  const { port } = await listenOnLoopback(
    t,
    createServer((_, answer) => answer.writeHead(404).end()),
  )
  const cases: readonly (readonly [readonly string[], RegExp])[] = [
    [[good, 'http://127.0.0.1:1'], /127\.0\.0\.1:1\/mau: ECONNREFUSED/],
    [[`http://user:pass@127.0.0.1:${port}/x`], /^cogate: http:\/\/127\.0\.0\.1:\d+\/mau answered 404\n$/],
    [[good, other], /made with another activeUsers\.secret/],
    [['--file', join(folder, 'bad')], /bad: no estimate/],
    [['--file', join(folder, 'other')], /other: no estimate/],
    [['--file', join(folder, 'none')], /none: ENOENT/],
  ]
  for (const [words, expected] of cases) {
    const { code, stdout, stderr } = await runCogate(t, ['cost', ...words])
    t.same([code, stdout], [1, ''])
    t.match(stderr, expected)
  }
})

t.test('words that make no sense are bad usage', async (t) => {
  for (const words of [
    [],
    ['--plan', 'x', 'http://a'],
    ['--month', '2026-13', 'http://a'],
    ['a:b'],
    ['--what'],
    ['/x'],
  ]) {
    const { code, stderr } = await runCogate(t, ['cost', ...words])
    t.equal(code, 64)
    t.match(stderr, /^cogate cost: .+\n$/)
  }
})

t.test('a file that cannot be written or read stops nothing, and the log tells', async (t) => {
  const lines: string[] = []
  const stream = { write: (line: string) => void lines.push(line) }
  const log = createLogger({ level: 'info' }, stream)
  const folder = t.testdir({ bad: 'no JSON' })
  const users = new ActiveUsers()
  const kept = keepActivity({ users, file: join(folder, 'bad'), log })
  t.match(lines.join(''), /could not be read; they are counted anew/)
  users.add(claims({ sub: 'a' }), pool, start)
  await kept.end()
  const again = new ActiveUsers()
  await keepActivity({ users: again, file: join(folder, 'bad'), log }).end()
  t.match(again.estimates(), [{ estimate: 1 }])
  writeFileSync(join(folder, 'file'), '')
  const stuck = keepActivity({ users, file: join(folder, 'none', 'x'), log })
  await keepActivity({ users, file: undefined, log }).end()
  users.add(claims({ sub: 'b' }), pool, start)
  await stuck.end()
  t.match(lines.join(''), /could not be written/)
})
