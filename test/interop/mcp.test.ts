/**
 * An MCP server behind a gate, both made with the SDK of the protocol: its client knows one URL, finds the sign-in by itself, signs
 * in at the stand-in for Cognito and calls a tool.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { OAuthClientProvider } from '@modelcontextprotocol/sdk/client/auth.js'
import { UnauthorizedError } from '@modelcontextprotocol/sdk/client/auth.js'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js'
import t, { type Test } from 'tap'
import { startTestGate } from '../helpers/gateway.ts'
import { startTestIssuer } from '../helpers/issuer.ts'
import { openBrowser, signIn } from '../helpers/issuer-browser.ts'
import { listenOnLoopback } from '../helpers/listen.ts'

const callback = 'http://localhost:6274/oauth/callback'

/** Without sessions: each request has a server of its own. Its tool says who the gate says is calling. */
async function startMcpServer(t: Test): Promise<string> {
  const server = createServer((req, res) => void serveMcp(req, res))
  const { port } = await listenOnLoopback(t, server)
  return `http://127.0.0.1:${port}`
}

async function serveMcp(req: IncomingMessage, res: ServerResponse): Promise<void> {
  const mcp = new McpServer({ name: 'tools', version: '1.0.0' })
  mcp.registerTool('whoami', { description: 'Who is calling' }, () => ({
    content: [{ type: 'text', text: String(req.headers['x-forwarded-user']) }],
  }))
  const transport = new StreamableHTTPServerTransport({ enableJsonResponse: true })
  res.on('close', () => void transport.close())
  await mcp.connect(transport as Parameters<McpServer['connect']>[0])
  await transport.handleRequest(req, res)
}

interface WorldOptions {
  readonly envFor?: (origin: string) => Readonly<Record<string, string>>
  /** The user pool binds tokens to the resource. */
  readonly isBound?: boolean
}

/** The origin is known only when the gate listens, so a port that was free a moment ago is its port. */
async function startWorld(t: Test, { envFor, isBound = false }: WorldOptions = {}) {
  const port = await freePort(t)
  const origin = `http://127.0.0.1:${port}`
  const issuer = await startTestIssuer(t, isBound ? { resourceServers: [`${origin}/mcp`] } : {})
  const gate = await startTestGate(t, {
    issuer,
    upstream: await startMcpServer(t),
    routes: [{ path: '/mcp', scopes: ['api/read'] }],
    env: {
      COGATE_LISTEN: `127.0.0.1:${port}`,
      COGATE_PUBLIC_URL: origin,
      COGATE_RESOURCE_METADATA_ENABLED: 'true',
      COGATE_RESOURCE_METADATA_RESOURCES: '/mcp',
      ...envFor?.(origin),
    },
  })
  const asked: string[] = []
  const countingFetch: typeof fetch = (input, init) => {
    const { pathname } = new URL(input instanceof Request ? input.url : input)
    asked.push(`${init?.method ?? 'GET'} ${pathname}`)
    return fetch(input, init)
  }
  return { issuer, url: new URL('/mcp', gate.url), asked, origin, countingFetch }
}

async function freePort(t: Test): Promise<number> {
  const { port, close } = await listenOnLoopback(t, createServer())
  await close()
  return port
}

type Kept = Partial<Record<'client' | 'tokens' | 'url' | 'verifier', unknown>>

/** What the SDK asks of an application. The person who signs in is a browser of the tests. */
function createProvider(clientId: string | undefined) {
  const kept: Kept = clientId === undefined ? {} : { client: { client_id: clientId } }
  const keep = (name: keyof Kept) => (value: unknown) => {
    kept[name] = value
  }
  const provider: OAuthClientProvider = {
    redirectUrl: callback,
    clientMetadata: { client_name: 'test', redirect_uris: [callback], token_endpoint_auth_method: 'none' },
    clientInformation: () => kept.client as ReturnType<OAuthClientProvider['clientInformation']>,
    saveClientInformation: keep('client'),
    tokens: () => kept.tokens as ReturnType<OAuthClientProvider['tokens']>,
    saveTokens: keep('tokens'),
    redirectToAuthorization: keep('url'),
    saveCodeVerifier: keep('verifier'),
    codeVerifier: () => String(kept.verifier),
  }
  return { provider, kept }
}

async function callTool({ url, countingFetch }: Awaited<ReturnType<typeof startWorld>>, provider: OAuthClientProvider) {
  const open = () => new StreamableHTTPClientTransport(url, { authProvider: provider, fetch: countingFetch })
  const connect = async (transport: StreamableHTTPClientTransport) => {
    const client = new Client({ name: 'test', version: '1.0.0' })
    await client.connect(transport as Parameters<Client['connect']>[0])
    return client
  }
  const first = open()
  await connect(first).then(
    () => Promise.reject(new Error('nobody has signed in yet')),
    (error: unknown) => error instanceof UnauthorizedError || Promise.reject(error),
  )
  return { first, connect: () => connect(open()) }
}

async function finish(t: Test, world: Awaited<ReturnType<typeof startWorld>>, clientId: string | undefined) {
  const { provider, kept } = createProvider(clientId)
  const { first, connect } = await callTool(world, provider)
  const url = new URL(String(kept.url))
  const code = (await signIn(openBrowser(), url)).searchParams.get('code') ?? ''
  await first.finishAuth(code)
  const client = await connect()
  t.teardown(() => client.close())
  const result = await client.callTool({ name: 'whoami' })
  t.same(result['content'], [{ type: 'text', text: 'alice' }])
  return url
}

t.test('a client with the id of the app client goes from one URL to a tool', async (t) => {
  const world = await startWorld(t)
  const url = await finish(t, world, world.issuer.clientId)
  t.equal(url.origin + url.pathname, `${world.issuer.url}/oauth2/authorize`)
  t.match(Object.fromEntries(url.searchParams), {
    scope: 'api/read',
    resource: `${world.origin}/mcp`,
    code_challenge_method: 'S256',
  })
  t.same(world.asked.slice(0, 3), [
    'POST /mcp',
    'GET /.well-known/oauth-protected-resource/mcp',
    'GET /.well-known/oauth-authorization-server',
  ])
  t.ok(world.asked.includes('POST /oauth2/token'))
})

t.test('a token that is bound to the resource is accepted where the audience names it, and nowhere else', async (t) => {
  const other = await startWorld(t, { isBound: true })
  await t.rejects(finish(t, other, other.issuer.clientId))
  const envFor = (origin: string) => ({ COGATE_USER_POOL_AUDIENCE: `${origin}/mcp` })
  const bound = await startWorld(t, { isBound: true, envFor })
  await finish(t, bound, bound.issuer.clientId)
})

t.test('a client that registers itself does so where the metadata say', async (t) => {
  const issued: unknown[] = []
  const registry = createServer(async (req, res) => {
    const chunks: Buffer[] = []
    for await (const chunk of req) chunks.push(chunk as Buffer)
    const wanted = JSON.parse(Buffer.concat(chunks).toString()) as object
    issued.push(wanted)
    res.writeHead(201, { 'content-type': 'application/json' })
    res.end(JSON.stringify({ ...wanted, client_id: '1democlient2345678901234ab' }))
  })
  const { port } = await listenOnLoopback(t, registry)
  const envFor = () => ({ COGATE_RESOURCE_METADATA_REGISTRATION_ENDPOINT: `http://127.0.0.1:${port}/register` })
  const world = await startWorld(t, { envFor })
  await finish(t, world, undefined)
  t.match(issued, [{ redirect_uris: [callback], scope: 'api/read' }])
})
