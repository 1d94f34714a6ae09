/** What `cogate demo` prints: curl lines, and above each what it shows. */
import type { Places, Scene } from './scene.ts'

interface Line {
  readonly shows: string
  readonly path: string
  /** Query of the issuer's token endpoint. Without it no token is sent. */
  readonly token?: string
  readonly header?: string
}

const lines: readonly Line[] = [
  { shows: 'no token                  → 401 token_missing', path: '/hello' },
  {
    shows: "alice's token             → 200, her claims in headers",
    path: '/hello',
    token: 'username=alice&groups=users',
  },
  {
    shows: 'alice, not in group admin → 403 insufficient_group',
    path: '/admin/',
    token: 'username=alice&groups=users',
  },
  { shows: 'bob, in group admin       → 200', path: '/admin/', token: 'username=bob&groups=admin' },
  { shows: 'a machine                 → 200, its client id in a header', path: '/hello', token: 'use=m2m' },
  { shows: 'tampered                  → 401 signature_invalid', path: '/hello', token: 'username=alice&tampered' },
  { shows: 'expired                   → 401 token_expired', path: '/hello', token: 'username=alice&expires_in=-60' },
  { shows: 'an ID token               → 401 token_use_not_allowed', path: '/hello', token: 'username=alice&use=id' },
  {
    shows: 'public, forged identity   → 200, the forged header is gone',
    path: '/public/x',
    header: 'X-Forwarded-User: mallory',
  },
]

export const curlScene: Scene = {
  title: 'cogate demo',
  environment: () => ({
    COGATE_ROUTES: JSON.stringify([
      { path: '/public/*', auth: 'none' },
      { path: '/admin/*', groups: ['admin'] },
    ]),
  }),
  describe: (places) => lines.map((line) => `${places.dim(`# ${line.shows}`)}\n${curlLine(line, places)}\n`),
}

function curlLine({ path, token, header }: Line, { issuerUrl, gateUrl }: Places): string {
  const parts = ['curl -i']
  if (token !== undefined) {
    parts.push(`-H "Authorization: Bearer $(curl -s '${issuerUrl}/token.txt?${token}')"`)
  }
  if (header !== undefined) parts.push(`-H '${header}'`)
  return [...parts, `${gateUrl}${path}`].join(' ')
}
