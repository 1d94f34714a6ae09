/**
 * What Node.js itself costs: node:http towards callers, node:net towards the upstream, one look-up in between. Of no use
 * as a gate (no identity headers, no bodies, answers in one piece alone, no fault handled): what a gate on these two can
 * hardly fall below.
 */
import { createPublicKey, verify } from 'node:crypto'
import { createServer } from 'node:http'
import { connect } from 'node:net'

const { PORT, UPSTREAM, ISSUER, JWKS_URI, CLIENT_ID } = process.env
const upstream = new URL(UPSTREAM)

const { keys } = await (await fetch(JWKS_URI)).json()
const keysById = new Map(keys.map((jwk) => [jwk.kid, createPublicKey({ key: jwk, format: 'jwk' })]))
const verified = new Map()
const idle = []

createServer((req, res) => {
  const { rawHeaders } = req
  const at = rawHeaders.findIndex((name) => name.length === 13 && name.toLowerCase() === 'authorization')
  const token = rawHeaders[at + 1].slice('Bearer '.length)
  if (verified.get(token.slice(-43)) !== token && !admits(token)) res.writeHead(401).end()
  else forward(req, res)
}).listen({ host: '127.0.0.1', port: Number(PORT), backlog: 4096 })

function admits(token) {
  const [header = '', payload = '', signature = ''] = token.split('.')
  if (signature === '') return false
  const { kid, alg } = JSON.parse(Buffer.from(header, 'base64url'))
  const claims = JSON.parse(Buffer.from(payload, 'base64url'))
  const key = keysById.get(kid)
  if (key === undefined || alg !== 'RS256' || claims.iss !== ISSUER || claims.exp * 1000 <= Date.now()) return false
  if (claims.client_id !== CLIENT_ID || claims.token_use !== 'access') return false
  if (!verify('RSA-SHA256', Buffer.from(`${header}.${payload}`), key, Buffer.from(signature, 'base64url'))) return false
  verified.set(token.slice(-43), token)
  return true
}

function forward({ method, url, rawHeaders }, res) {
  let head = `${method} ${url} HTTP/1.1\r\n`
  for (let i = 0; i < rawHeaders.length; i += 2) {
    if (rawHeaders[i] !== 'Connection') head += `${rawHeaders[i]}: ${rawHeaders[i + 1]}\r\n`
  }
  const connection = idle.pop() ?? open()
  connection.res = res
  connection.socket.write(`${head}\r\n`, 'latin1')
}

function open() {
  const socket = connect({ host: upstream.hostname, port: Number(upstream.port), noDelay: true })
  const connection = { socket, res: undefined }
  socket.on('data', (bytes) => answer(connection, bytes.latin1Slice()))
  return connection
}

function answer(connection, text) {
  const end = text.indexOf('\r\n\r\n')
  const [status, ...lines] = text.slice(0, end).split('\r\n')
  const headers = []
  for (const line of lines) {
    const colon = line.indexOf(': ')
    const name = line.slice(0, colon)
    if (name !== 'Connection') headers.push(name, line.slice(colon + 2))
  }
  idle.push(connection)
  connection.res.writeHead(Number(status.slice(9, 12)), headers)
  connection.res.end(text.slice(end + 4), 'latin1')
}
