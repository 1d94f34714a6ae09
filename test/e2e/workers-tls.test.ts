/** Workers behind TLS whose files are gone or half written when one of them has to start again. */
import { once } from 'node:events'
import { rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:tls'
import t from 'tap'
import { createAuthority, writeFiles } from '../helpers/certificates.ts'
import { type CrewProcess, spawnCrew } from '../helpers/crew.ts'

const authority = createAuthority()

async function servedName({ port }: CrewProcess): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1', ca: authority.ca, checkServerIdentity: () => undefined })
  await once(socket, 'secureConnect')
  const { subject } = socket.getPeerCertificate()
  socket.destroy()
  return String(subject.CN)
}

const harms = {
  'the certificate is gone': ({ cert }: { readonly cert: string }) => rmSync(cert),
  'the key is another one': ({ key }: { readonly key: string }) => writeFileSync(key, authority.issue('other').key),
}

for (const [what, harm] of Object.entries(harms)) {
  t.test(
    `while ${what} a worker starts with the last good files, and the log says what is wrong (FLD-16)`,
    async (t) => {
      const files = writeFiles(t, { ...authority.issue('good'), ca: authority.ca })
      const env = { COGATE_TLS_CERT_FILE: files.cert, COGATE_TLS_KEY_FILE: files.key }
      const crew = await spawnCrew(t, { env })
      harm(files)
      crew.signalWorker(1, 'SIGKILL')
      await crew.loggedTimes('worker started', 2, { worker: 1 })
      const told = await crew.loggedTimes('TLS files could not be read; the old ones stay', 1, { worker: 1 })
      t.match(told, { level: 'error', err: { message: /\w/ } })
      // The workers take turns.
      for (const _ of [1, 2]) t.equal(await servedName(crew), 'good')
      t.equal(crew.stderr(), '')
    },
  )
}
