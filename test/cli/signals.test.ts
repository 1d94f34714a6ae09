/** Signals are sent to a separate process, because the one that runs the tests has its own listeners. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import t from 'tap'

const signalsFile = new URL('../../src/cli/signals.ts', import.meta.url).href

/**
 * Returns what the script printed. In it `signals` is listening; `sent(name)` resolves when that signal has arrived.
 */
async function runScript(script: string): Promise<string> {
  const program = `
    import { once } from 'node:events'
    import { listenForSignals } from '${signalsFile}'
    const clock = { ms: 0 }
    const ignored = []
    const onIgnored = (signal) => ignored.push(signal)
    const signals = listenForSignals({ now: () => clock.ms, onIgnored })
    const alive = setInterval(() => {}, 1000)
    const sent = async (name) => {
      const got = once(process, name)
      process.kill(process.pid, name)
      await got
    }
    ${script}
    clearInterval(alive)`
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', program])
  return stdout
}

t.test('a signal resolves whoever waits, and does not end the process', async (t) => {
  const printed = await runScript(`
    const next = signals.next()
    await sent('SIGTERM')
    console.log(await next)`)
  t.equal(printed, 'SIGTERM\n')
})

t.test('a signal that came while nobody waited is not lost', async (t) => {
  const printed = await runScript(`
    await sent('SIGINT')
    console.log(await signals.next())`)
  t.equal(printed, 'SIGINT\n')
})

t.test('signals are told one by one, in the order they arrive', async (t) => {
  const printed = await runScript(`
    await sent('SIGTERM')
    await sent('SIGINT')
    console.log(await signals.next(), await signals.next())
    clock.ms = 1000
    const both = Promise.all([signals.next(), signals.next()])
    await sent('SIGINT')
    await sent('SIGTERM')
    console.log(...(await both))`)
  t.equal(printed, 'SIGTERM SIGINT\nSIGINT SIGTERM\n')
})

t.test('the same signal within the same second is one, a later one is another (FLD-17)', async (t) => {
  const printed = await runScript(`
    const arrive = async (ms, name) => {
      clock.ms = ms
      await sent(name)
    }
    await arrive(0, 'SIGINT')
    await arrive(5, 'SIGINT')
    await arrive(999, 'SIGINT')
    await arrive(999, 'SIGTERM')
    await arrive(1000, 'SIGINT')
    console.log(await signals.next(), await signals.next(), await signals.next())
    const rest = signals.next().then(() => 'one more')
    console.log(await Promise.race([rest, new Promise((resolve) => setImmediate(resolve, 'none left'))]))`)
  t.equal(printed, 'SIGINT SIGTERM SIGINT\nnone left\n')
})

t.test('a signal without an effect is told and opens no debugger (FLD-35)', async (t) => {
  const printed = await runScript(`
    const names = ['SIGHUP', 'SIGUSR1', 'SIGUSR2', 'SIGALRM', 'SIGVTALRM', 'SIGIO', 'SIGXFSZ']
    for (const name of names) await sent(name)
    console.log(ignored.join(' '))
    const { url } = await import('node:inspector')
    console.log(url())
    await sent('SIGQUIT')
    console.log(await signals.next())`)
  t.equal(printed, 'SIGHUP SIGUSR1 SIGUSR2 SIGALRM SIGVTALRM SIGIO SIGXFSZ\nundefined\nSIGQUIT\n')
})

t.test('where the terminal is the user, its end is the end (FLD-35)', async (t) => {
  const printed = await runScript(`
    const own = listenForSignals({ endsAtHangUp: true })
    await sent('SIGHUP')
    console.log(await own.next())`)
  t.equal(printed, 'SIGHUP\n')
})
