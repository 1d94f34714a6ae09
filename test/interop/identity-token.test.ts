/** The examples of services that verify the signed identity, run with the library of their language behind a real gate. */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import { startTestGate } from '../helpers/gateway.ts'
import { startTestIssuer } from '../helpers/issuer.ts'
import { listenOnLoopback, untilAccepted } from '../helpers/listen.ts'

const folder = fileURLToPath(new URL('../../deploy/examples/identity-token', import.meta.url))
const issuer = 'https://app.example.com'

const python = '/usr/bin/python3'
const hasPython = spawnSync(python, ['-c', 'import jwt, cryptography']).status === 0

const examples = [
  { name: 'Node.js with jose', program: process.execPath, file: `${folder}/node/verify.mjs`, skip: false },
  {
    name: 'Python with PyJWT',
    program: python,
    file: `${folder}/python/verify.py`,
    skip: hasPython ? false : 'Debian’s python3-jwt is not installed',
  },
] as const

async function freePort(t: Test): Promise<number> {
  const { port, close } = await listenOnLoopback(t, createServer())
  await close()
  return port
}

async function startService(t: Test, { program, file }: (typeof examples)[number], env: Record<string, string>) {
  const child = spawn(program, [file], { env: { ...process.env, ...env }, stdio: ['ignore', 'ignore', 'pipe'] })
  t.teardown(async () => {
    const ended = once(child, 'exit')
    child.kill('SIGKILL')
    await ended
  })
  const early = once(child.stderr, 'data').then(([text]) => Promise.reject(new Error(String(text))))
  early.catch(() => undefined)
  await Promise.race([untilAccepted(Number(env['PORT'])), early])
}

for (const example of examples) {
  t.test(`${example.name}: the caller of the gate is known, and everybody else is not`, example, async (t) => {
    const pool = await startTestIssuer(t)
    const port = await freePort(t)
    const gate = await startTestGate(t, {
      issuer: pool,
      upstream: `http://127.0.0.1:${port}`,
      routes: [{ path: '/open', auth: 'none' }],
      env: { COGATE_PUBLIC_URL: issuer, COGATE_IDENTITY_TOKEN_AUDIENCE: 'orders' },
    })
    const keys = `${gate.url}/_cogate/jwks.json`
    await startService(t, example, { KEYS_URL: keys, ISSUER: issuer, AUDIENCE: 'orders', PORT: String(port) })
    const ask = async (url: string, headers: Record<string, string> = {}) => {
      const answer = await fetch(url, { headers })
      return [answer.status, (await answer.text()).trim()]
    }
    const authorization = `Bearer ${pool.mintAccessToken({ username: 'bob' })}`
    t.same(await ask(gate.url, { authorization }), [200, 'bob'])
    t.equal((await ask(`${gate.url}/open`))[0], 401, 'a request without a caller')
    const around = `http://127.0.0.1:${port}/`
    t.equal((await ask(around))[0], 401, 'around the gate')
    for (const forged of ['nonsense', authorization.slice('Bearer '.length), pool.mintIdToken()]) {
      t.equal((await ask(around, { 'X-Cogate-Identity': forged }))[0], 401)
    }
    const elsewhere = await startTestGate(t, {
      issuer: pool,
      upstream: around.slice(0, -1),
      env: { COGATE_PUBLIC_URL: issuer, COGATE_IDENTITY_TOKEN_AUDIENCE: 'orders' },
    })
    t.equal((await ask(elsewhere.url, { authorization }))[0], 401, 'signed with another key')
  })
}
