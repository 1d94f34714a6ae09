/** Redirects of a service that does not know where callers reach it, and Destination of WebDAV. */
import t, { type Test } from 'tap'
import { valuesOf } from '../../src/headers/lines.ts'
import { startStack } from '../helpers/stack.ts'

type Environment = Readonly<Record<string, string>>

async function startRedirecting(t: Test, location: (port: number) => string, env: Environment = {}) {
  const stack = await startStack(t, {
    env,
    handler: (request, response) => {
      const address = location(request.socket.localPort ?? 0)
      response.writeHead(302, { location: address, 'content-location': address, link: address }).end()
    },
  })
  const ask = async (...fields: readonly string[]) => {
    const { responses } = await stack.send(stack.head('GET /x', ...fields))
    const { location, link, 'content-location': content } = responses[0]?.headers ?? {}
    return { location, link, content, address: `${stack.upstream.port}` }
  }
  return { ...stack, ask }
}

t.test('a redirect to the address of the service leads to the gate', async (t) => {
  for (const host of ['127.0.0.1', 'app.example', 'APP.EXAMPLE']) {
    const { ask, upstream } = await startRedirecting(t, (port) => `http://${host}:${port}/next?a=b`)
    const { location, content, link } = await ask()
    t.same(location, ['http://app.example/next?a=b'], host)
    t.same(content, location)
    t.same(link, [`http://${host}:${upstream.port}/next?a=b`], 'no other header is touched')
  }
})

t.test('it leads where a trusted proxy says that callers are, and nobody else', async (t) => {
  const fields = ['X-Forwarded-Proto: https', 'X-Forwarded-Host: front.example', 'X-Forwarded-Port: 8443']
  const trusting = await startRedirecting(t, (port) => `http://127.0.0.1:${port}/n`, {
    COGATE_FORWARDED_TRUST: '127.0.0.1',
  })
  t.same((await trusting.ask(...fields)).location, ['https://front.example:8443/n'])
  const other = await startRedirecting(t, (port) => `http://127.0.0.1:${port}/n`)
  t.same((await other.ask(...fields)).location, ['http://app.example/n'])
})

t.test('another host, and a path alone, are passed on as they are', async (t) => {
  for (const address of ['https://auth.example/login', 'http://127.0.0.1:1/x', '/next', 'next']) {
    const { ask } = await startRedirecting(t, () => address)
    t.same((await ask()).location, [address])
  }
})

t.test('off passes the address of the service on', async (t) => {
  const { ask, upstream } = await startRedirecting(t, (port) => `http://127.0.0.1:${port}/n`, {
    COGATE_UPSTREAM_REWRITE_LOCATION: 'off',
  })
  t.same((await ask()).location, [`http://127.0.0.1:${upstream.port}/n`])
})

t.test('Destination reaches a WebDAV service with scheme and host of its own', async (t) => {
  const destinationOf = async (env: Environment, ...fields: readonly string[]) => {
    const { send, head, upstream } = await startStack(t, { env })
    await send(head('MOVE /a', ...fields))
    const address = `http://127.0.0.1:${upstream.port}`
    return valuesOf(upstream.requests[0]?.rawHeaders ?? [], 'destination').map((value) => value.replace(address, 'own'))
  }
  const destination = 'Destination: https://app.example/b'
  t.same(await destinationOf({}, destination), ['http://app.example/b'])
  t.same(await destinationOf({ COGATE_UPSTREAM_PRESERVE_HOST: 'false' }, destination), ['own/b'])
  t.same(await destinationOf({ COGATE_UPSTREAM_REWRITE_LOCATION: 'off' }, destination), ['https://app.example/b'])
  t.same(await destinationOf({}, 'Destination: https://other.example/b'), ['https://other.example/b'])
  t.same(await destinationOf({}, destination, 'Connection: close, Destination'), [], 'what Connection names is dropped')
  const trusted = { COGATE_FORWARDED_TRUST: '127.0.0.1' }
  const front = ['X-Forwarded-Host: front.example', 'Destination: https://front.example/b']
  t.same(await destinationOf(trusted, ...front), ['http://app.example/b'])
  t.same(await destinationOf({}, ...front), ['https://front.example/b'])
})
