import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import type { Test } from 'tap'
import t from 'tap'
import type { Config } from '../../src/config/config.ts'
import { describeError } from '../../src/ops/describe-error.ts'
import { createLogger, gatherLines, withoutRedaction } from '../../src/ops/log.ts'

function createLog(config: Partial<Config['log']> = {}) {
  const lines: string[] = []
  const log = createLogger(
    { level: 'info', access: true, subject: 'hashed', ...config },
    { write: (line) => void lines.push(line) },
  )
  return { log, lines }
}

t.test('writes one JSON line with level, time and message, and nothing of the machine', async (t) => {
  const { log, lines } = createLog()
  log.info({ a: 1 }, 'hello')
  t.equal(lines.length, 1)
  const line = JSON.parse(lines[0] ?? '')
  t.strictSame(Object.keys(line), ['level', 'time', 'a', 'msg'])
  t.match(line, { level: 'info', time: /^\d{4}-\d\d-\d\dT.*Z$/, a: 1, msg: 'hello' })
})

t.test('writes nothing below the configured level', async (t) => {
  const { log, lines } = createLog({ level: 'warn' })
  log.info('quiet')
  log.warn('loud')
  t.equal(lines.length, 1)
})

t.test('keeps one message on one line', async (t) => {
  const { log, lines } = createLog()
  log.info({ path: '/a\r\n{"level":"error"}' }, 'x\ny')
  t.equal(lines[0]?.trimEnd().split('\n').length, 1)
})

t.test('writes of an error what it is given, and nothing else', async (t) => {
  const { log, lines } = createLog()
  log.warn({ err: { message: 'connect ECONNREFUSED', code: undefined } }, 'upstream failed')
  t.strictSame(JSON.parse(lines[0] ?? '').err, { message: 'connect ECONNREFUSED' })
})

t.test('redacts secrets that were passed by mistake, three levels down', async (t) => {
  const { log, lines } = createLog()
  const secrets = {
    authorization: 's3cret',
    cookie: 's3cret',
    token: 's3cret',
    password: 's3cret',
    clientSecret: 's3cret',
    refreshToken: 's3cret',
  }
  log.info({ ...secrets, req: { ...secrets, headers: secrets } }, 'oops')
  t.notMatch(lines[0], /s3cret/)
  t.equal(lines[0]?.match(/\[redacted\]/g)?.length, 18)
})

t.test('writes the fields as they are where the net was taken away', async (t) => {
  const { log, lines } = createLog()
  withoutRedaction(log).info({ path: '/x', token: 'kept' }, 'access')
  t.match(JSON.parse(lines[0] ?? ''), { level: 'info', path: '/x', token: 'kept', msg: 'access' })
})

t.test('writes to standard output by default', async (t) => {
  t.equal(createLogger({ level: 'silent' }).level, 'silent')
})

for (const [how, last] of [
  ['returns', "log.info('c')"],
  ['exits', "log.info('c'); process.exit()"],
  ['throws', "log.info('c'); throw new Error()"],
  ['is killed behind a fatal one', "log.fatal('c'); process.kill(process.pid, 'SIGKILL')"],
] as const) {
  t.test(`keeps the lines before a process ${how}`, (t) => {
    const config = JSON.stringify({ level: 'info' })
    const script = `import { createLogger } from '${new URL('../../src/ops/log.ts', import.meta.url)}'
      const log = createLogger(${config}); log.info('a'); log.info('b'); ${last}`
    const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' })
    t.match(stdout, /^.*"msg":"a"\}\n.*"msg":"b"\}\n.*"msg":"c"\}\n$/)
    t.end()
  })
}

t.test('describes a defect with its place, tokens taken out of what it quotes', async (t) => {
  const jwt = 'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhIn0.c2ln'
  const error = Object.assign(new Error(`cannot read "bearer ${jwt}" (${jwt}) of Bearer abc and Basic YTpi`), {
    code: 'E_TEST',
  })
  const { message, code, stack } = describeError(error)
  t.equal(message, 'cannot read "bearer [token] ([token]) of Bearer [token] and Basic [token]')
  t.equal(code, 'E_TEST')
  t.match(stack, /log\.test\.ts/)
  t.notMatch(stack, 'eyJ')
})

t.test('shows nothing of what was thrown and is no error', async (t) => {
  t.same(describeError({ authorization: 's3cret' }), { message: 'object was thrown' })
  t.same(describeError('s3cret'), { message: 'string was thrown' })
  t.same(describeError(null), { message: 'null was thrown' })
})

const turn = () => new Promise((resolve) => setImmediate(resolve))

/** Notes the calls it gets. Lines that are shorter than `minLength` are noted as kept. */
function createStream() {
  const done: string[] = []
  const stream = {
    minLength: 1,
    write(lines: string) {
      done.push(lines.length >= this.minLength ? lines : `kept ${lines}`)
      return true
    },
    flush(told?: () => void) {
      done.push('flush')
      told?.()
    },
    flushSync: () => void done.push('flushSync'),
  }
  gatherLines(stream)
  return { stream, done }
}

t.test('writes the lines of a turn at its end, as one, and those of the next apart', async (t) => {
  const { stream, done } = createStream()
  t.ok(stream.write('a\n'))
  t.ok(stream.write('b\n'))
  t.strictSame(done, [])
  await turn()
  t.strictSame(done, ['a\nb\n'])
  stream.write('c\n')
  await turn()
  await turn()
  t.strictSame(done, ['a\nb\n', 'c\n'])
})

t.test('writes what one turn has too much of before its end', async (t) => {
  const { stream, done } = createStream()
  const line = `${'x'.repeat(1023)}\n`
  for (let count = 0; count < 17; count++) stream.write(line)
  t.strictSame(done, [line.repeat(16)])
  await turn()
  t.strictSame(done, [line.repeat(16), line])
})

t.test('a flush writes what was gathered first, and once', async (t) => {
  const { stream, done } = createStream()
  stream.write('a\n')
  await new Promise<void>((resolve) => stream.flush(resolve))
  t.strictSame(done, ['a\n', 'flush'])
  stream.write('b\n')
  await turn()
  t.strictSame(done, ['a\n', 'flush', 'b\n'])
})

t.test('what a flush at once is for is not left to a write that nobody waits for', async (t) => {
  const { stream, done } = createStream()
  stream.write('a\n')
  stream.flushSync()
  stream.write('b\n')
  await turn()
  t.strictSame(done, ['kept a\n', 'flushSync', 'b\n'])
})

t.test('a flush of nothing writes nothing', async (t) => {
  const { stream, done } = createStream()
  stream.flushSync()
  stream.flush()
  t.strictSame(done, ['flushSync', 'flush'])
})

/** The stream of pino, writing to a file. */
async function createFile(t: Test) {
  const dest = join(mkdtempSync(join(tmpdir(), 'cogate-')), 'log')
  const stream = pino.destination({ dest, sync: false, minLength: 1 })
  await new Promise((resolve) => stream.once('ready', resolve))
  t.teardown(() => stream.destroy())
  gatherLines(stream)
  return { stream, text: () => readFileSync(dest, 'utf8') }
}

t.test('lines are in the file when a flush at once returns', async (t) => {
  const { stream, text } = await createFile(t)
  stream.write('a\n')
  stream.write('b\n')
  stream.flushSync()
  t.equal(text(), 'a\nb\n')
  stream.write('c\n')
  stream.flushSync()
  t.equal(text(), 'a\nb\nc\n')
})

t.test('lines are in the file when a flush has called back', async (t) => {
  const { stream, text } = await createFile(t)
  stream.write('a\n')
  stream.write('b\n')
  await new Promise<void>((resolve) => stream.flush(() => resolve()))
  t.equal(text(), 'a\nb\n')
})
