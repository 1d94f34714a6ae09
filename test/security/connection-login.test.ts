/**
 * Attack: a service logs a whole connection in (NTLM, and Negotiate of Windows), and the next caller gets that connection from the
 * pool. A green run proves that a request never arrives on a connection on which somebody has logged in.
 */
import t from 'tap'
import { startRawStack } from '../helpers/stack.ts'

/** Answers with the name of whoever has logged in on the connection. */
async function startWindowsService(t: Parameters<typeof startRawStack>[0]) {
  return startRawStack(
    t,
    (socket) => {
      let user = 'nobody'
      socket.on('data', (chunk) => {
        const [, scheme, name] = /^authorization: (NTLM|Negotiate|Nego2) (\w+)/im.exec(chunk.toString('latin1')) ?? []
        if (scheme !== undefined) user = name ?? user
        socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${user.length}\r\n\r\n${user}`)
      })
    },
    { routes: [{ path: '/open/*', auth: 'optional' }], env: { COGATE_UPSTREAM_KEEP_ALIVE: '1m' } },
  )
}

t.test('the login of one caller is not that of the next', async (t) => {
  const { send, head, upstream } = await startWindowsService(t)
  const ask = async (bytes: string) => (await send(bytes)).responses[0]?.body.toString()
  for (const scheme of ['NTLM', 'ntlm', 'Negotiate', 'NEGOTIATE', 'Nego2']) {
    const login = `GET /open/a HTTP/1.1\r\nHost: a\r\nAuthorization: ${scheme} alice\r\n\r\n`
    t.equal(await ask(login), 'alice', scheme)
    t.equal(await ask('GET /open/a HTTP/1.1\r\nHost: a\r\n\r\n'), 'nobody', `${scheme}, then an anonymous caller`)
    t.equal(await ask(login.replace('alice', 'bob')), 'bob', scheme)
    t.equal(await ask(head('POST /a', 'Content-Length: 0')), 'nobody', `${scheme}, then a caller with a token`)
  }
  const before = upstream.connections
  for (let i = 0; i < 3; i++) t.equal(await ask('GET /open/a HTTP/1.1\r\nHost: a\r\n\r\n'), 'nobody')
  t.equal(upstream.connections, before, 'connections without a login are used again')
})
