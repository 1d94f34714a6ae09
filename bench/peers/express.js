/**
 * The same gate from the packages most Node.js projects know: Express, http-proxy-middleware, jsonwebtoken, jwks-rsa.
 * Verifies every request; written as a team would, not tuned.
 */
import { Agent } from 'node:http'
import express from 'express'
import { createProxyMiddleware } from 'http-proxy-middleware'
import jwt from 'jsonwebtoken'
import jwksClient from 'jwks-rsa'

const { PORT, UPSTREAM, ISSUER, JWKS_URI, CLIENT_ID } = process.env
const jwks = jwksClient({ jwksUri: JWKS_URI, cache: true, rateLimit: true })

function keyOf(header, callback) {
  jwks.getSigningKey(header.kid, (error, key) => callback(error, key?.getPublicKey()))
}

function authenticate(request, response, next) {
  const { authorization = '' } = request.headers
  if (!authorization.startsWith('Bearer ')) return response.status(401).json({ error: 'a bearer token is required' })
  const token = authorization.slice('Bearer '.length)
  jwt.verify(token, keyOf, { algorithms: ['RS256'], issuer: ISSUER }, (error, claims) => {
    const isGood = !error && claims.token_use === 'access' && claims.client_id === CLIENT_ID
    if (!isGood) return response.status(401).json({ error: 'the token is not valid' })
    request.headers['x-forwarded-user'] = claims.username
    request.headers['x-cognito-sub'] = claims.sub
    request.headers['x-cognito-scope'] = claims.scope
    next()
  })
}

const proxy = createProxyMiddleware({ target: UPSTREAM, agent: new Agent({ keepAlive: true }), xfwd: true })
const app = express()
app.get('/public', proxy)
app.use(authenticate, proxy)
app.listen(Number(PORT), '127.0.0.1')
