/** Variables of a gate whose keys and upstream nobody needs: it starts, and is never ready. */
export const offline = {
  COGATE_USER_POOL_ID: 'eu-west-1_AbCdEfGhI',
  COGATE_CLIENT_ID: '7h57kf5cf8b6sl9rexample',
  COGATE_USER_POOL_JWKS_URI: 'http://127.0.0.1:1/jwks.json',
  COGATE_UPSTREAM: 'http://127.0.0.1:1',
  COGATE_LISTEN: '127.0.0.1:0',
  COGATE_OPS_LISTEN: '127.0.0.1:0',
} as const
