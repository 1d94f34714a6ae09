/** The process itself: exit codes reach the shell, and a Node that is too old is refused before the program is read. */
import t from 'tap'
import { runCogate } from './helpers/cogate-process.ts'

/** Runs before the program: says which Node this is, and notes on stderr what of src gets loaded. */
function pretendNode(version: string): readonly string[] {
  const script = `
    import { registerHooks } from 'node:module'
    Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '${version}' } })
    Object.defineProperty(process, 'version', { value: 'v${version}' })
    registerHooks({
      load(url, context, next) {
        if (url.includes('/src/')) process.stderr.write('loaded ' + url.split('/src/')[1] + '\\n')
        return next(url, context)
      },
    })`
  return ['--import', `data:text/javascript,${encodeURIComponent(script)}`]
}

for (const version of ['18.20.8', '20.20.2', '22.0.0', '22.20.9', '23.11.1', '24.8.0']) {
  t.test(`refuses Node ${version} in one line with exit code 1 and loads nothing of the program`, async (t) => {
    const { code, stdout, stderr } = await runCogate(t, ['start'], { nodeArgs: pretendNode(version) })
    t.equal(code, 1)
    t.equal(stdout, '')
    const [program, answer, line = '', ...more] = stderr.split('\n')
    t.same([program, answer, more], ['loaded main.ts', 'loaded cli/old-node.ts', ['']])
    t.match(line, `cogate needs Node.js 22.21 or 24.9, or newer; this is v${version}. `)
    t.match(line, /npx node dist\/main\.js .*npm rebuild node/)
  })
}

for (const version of ['22.21.0', '22.23.3', '24.9.0', '25.0.0', '100.0.0']) {
  t.test(`runs on Node ${version}`, async (t) => {
    const { code, stdout, stderr } = await runCogate(t, ['--version'], { nodeArgs: pretendNode(version) })
    t.equal(code, 0)
    t.match(stdout, /^\d+\.\d+\.\d+\S*\n$/)
    t.match(stderr, /^loaded cli\/run\.ts$/m)
  })
}

t.test('ends with the exit code of the command', async (t) => {
  t.equal((await runCogate(t, ['--help'])).code, 0)
  t.equal((await runCogate(t, ['start'])).code, 64)
})
