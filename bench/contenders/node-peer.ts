/**
 * Gates written in Node.js from npm packages, in `bench/peers`, with a lock file of their own. Nothing of them enters
 * the tree of cogate.
 */
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { freePort } from '../network.ts'
import type { World } from '../world.ts'
import {
  type Contender,
  coreOf,
  launch,
  type Missing,
  missing,
  type Running,
  upstreamOf,
  type Variant,
} from './contender.ts'

const folder = new URL('../peers/', import.meta.url).pathname
const DEFAULT_CACHE_ENTRIES = 20_000

export const recipe: Contender = {
  name: 'recipe',
  what: 'fastify + @fastify/http-proxy + aws-jwt-verify + lru-cache, as one writes it',
  gates: true,
  start: (world, variant) => startPeer('recipe.js', world, variant),
}

export const recipeWithoutCache: Contender = {
  name: 'recipe-no-cache',
  what: 'the same, verifying every request',
  gates: true,
  start: (world, variant) => startPeer('recipe.js', world, { ...variant, tokenCacheMaxEntries: 0 }),
}

export const express: Contender = {
  name: 'express',
  what: 'express + http-proxy-middleware + jsonwebtoken + jwks-rsa, keep-alive agent',
  gates: true,
  start: (world, variant) => startPeer('express.js', world, variant),
}

export const floor: Contender = {
  name: 'floor',
  what: 'node:http, node:net and a look-up, nothing else: what Node.js itself costs',
  gates: true,
  start: (world, variant) => startPeer('floor.js', world, variant),
}

async function startPeer(script: string, world: World, variant: Variant): Promise<Running | Missing> {
  const problem = installPeers()
  if (problem !== undefined) return missing(problem)
  const port = await freePort()
  const { issuer } = world
  return launch({
    command: process.execPath,
    args: [script],
    port,
    version: `Node.js ${process.version}`,
    core: coreOf(world, variant),
    cwd: folder,
    token: world.tokens.hot.tokens[0],
    env: {
      NODE_ENV: 'production',
      PORT: String(port),
      UPSTREAM: upstreamOf(world, variant).url,
      ISSUER: issuer.issuer,
      JWKS_URI: issuer.jwksUri,
      CLIENT_ID: issuer.clientId,
      CACHE_ENTRIES: String(variant.tokenCacheMaxEntries ?? DEFAULT_CACHE_ENTRIES),
    },
  })
}

/** Undefined when they are there. */
function installPeers(): string | undefined {
  if (existsSync(`${folder}node_modules`)) return undefined
  try {
    execFileSync('npm', ['ci', '--prefix', folder, '--no-audit', '--no-fund'], { stdio: 'pipe' })
    return undefined
  } catch (error) {
    return `npm ci --prefix bench/peers failed: ${String(error).split('\n')[0]}`
  }
}
