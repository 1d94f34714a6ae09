/** The configuration of browser sign-in and of revocation where nothing of it is set. */
import type { Config } from '../../src/config/config.ts'

export const loginDefaults = {
  scopes: ['openid', 'email'],
  forwardParams: ['login_hint', 'lang'],
  stateMaxAgeMs: 3_600_000,
  refresh: { timeoutMs: 5000, aheadMs: 60_000 },
  logout: { cognito: true, revoke: true, on: [], clearSiteData: [] },
  pages: { languages: ['en', 'ja'] },
} as const satisfies Config['login']

export const sessionDefaults = {
  store: 'cookie',
  redis: { prefix: 'cogate:' },
  cookieName: 'cogate',
  sameSite: 'lax',
  remember: true,
  idleMs: 43_200_000,
  absoluteMs: 604_800_000,
  allowedOrigins: [],
  claims: ['email', 'email_verified', 'name', 'preferred_username'],
} as const satisfies Config['session']

export const authApiDefaults = {
  operations: [],
  mode: 'cookie',
  flow: 'password',
  reveal: false,
  allowedOrigins: [],
  minTimeMs: 400,
  limits: {
    perAddress: { requests: 20, periodMs: 60_000 },
    signUp: { requests: 5, periodMs: 3_600_000 },
    codes: { requests: 3, periodMs: 3_600_000 },
  },
} as const satisfies Config['authApi']

export const revocationDefaults = {
  redis: { prefix: 'cogate:' },
  onStoreFailure: 'allow',
  maxLagMs: 30_000,
} as const satisfies Config['revocation']
