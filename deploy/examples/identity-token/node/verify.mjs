// A service that believes nobody but cogate. jose fetches the keys, keeps them, and looks again when a key is new.
import { createServer } from 'node:http'
import { createRemoteJWKSet, jwtVerify } from 'jose'

const { KEYS_URL, ISSUER: issuer, AUDIENCE: audience, PORT = '3000' } = process.env
const keys = createRemoteJWKSet(new URL(KEYS_URL))
const rules = { issuer, audience, algorithms: ['ES256'], requiredClaims: ['exp', 'sub'], clockTolerance: 5 }

createServer(async (req, res) => {
  try {
    const { payload } = await jwtVerify(req.headers['x-cogate-identity'] ?? '', keys, rules)
    res.end(`${payload.username ?? payload.sub}\n`)
  } catch {
    res.writeHead(401).end('Not signed by the gate.\n')
  }
}).listen(Number(PORT), '127.0.0.1')
