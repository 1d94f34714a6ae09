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
    const signals = listenForSignals()
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
    const both = Promise.all([signals.next(), signals.next()])
    await sent('SIGINT')
    await sent('SIGTERM')
    console.log(...(await both))`)
  t.equal(printed, 'SIGTERM SIGINT\nSIGINT SIGTERM\n')
})
