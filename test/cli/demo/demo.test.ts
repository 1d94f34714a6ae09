/** The arguments of `cogate demo`. What it shows is tested in test/e2e/demo.test.ts. */
import t from 'tap'
import { runCogate } from '../../helpers/cogate-process.ts'

for (const argv of [['--port', '9000'], ['now'], ['--listen=127.0.0.1:1']]) {
  t.test(`cogate demo ${argv.join(' ')} is bad usage, because nothing would come of it`, async (t) => {
    const { code, stdout, stderr } = await runCogate(t, ['demo', ...argv])
    t.equal(code, 64)
    t.equal(stdout, '')
    t.match(stderr, argv[0])
    t.match(stderr, /^ {2}write +cogate demo$/m)
  })
}
