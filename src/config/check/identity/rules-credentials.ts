/**
 * Rules about the places of credentials: places that exist, each once, none of them cogate's own.
 */
import { readSource } from '../../credentials.ts'
import { guessSource } from '../../issues/guess-source.ts'
import type { RuleContext } from '../rule.ts'

export function checkCredentials({ config, report, whereIs }: RuleContext): void {
  const { sources } = config.credentials
  for (const [index, text] of sources.entries()) {
    const path = ['credentials', 'sources', index]
    const source = readSource(text)
    const first = sources.indexOf(text)
    if (source === undefined)
      report({ path, expected: expectedSource(text), write: guessSource(text) ?? unusedOf(sources) })
    else if (first !== index) {
      const expected = `each place once; it is also ${whereIs(['credentials', 'sources', first])}`
      report({ path, expected, line: `# delete credentials.sources[${index}]` })
    } else if (source.kind === 'cookie' && isOwnCookie(source.name, config.session.cookieName)) {
      const expected = "a cookie that is not cogate's own (session.cookieName)"
      report({ path, expected, write: 'cookie:access_token' })
    } else if (source.kind === 'amplify' && config.userPools.every(({ clientIds }) => clientIds.length === 0)) {
      const expected = 'clientIds in a user pool: the names of the cookies of Amplify begin with them'
      report({ path, expected, line: '# list clientIds, or delete amplify' })
    }
  }
}

function expectedSource(text: string): string {
  const known = 'bearer, basicPassword, cookie:NAME, amplify, webSocketProtocol or insecureQuery:NAME'
  if (text.startsWith('cookie:')) return `${known}; the name of a cookie has letters, digits, - and _`
  if (text.startsWith('insecureQuery:')) return `${known}; the name of a parameter has letters, digits, -, ., _ and ~`
  return known
}

/** With `__Host-` before it where browsers get it, its chunks, and what belongs to a sign-in. */
function isOwnCookie(name: string, own: string): boolean {
  const bare = name.startsWith('__Host-') ? name.slice('__Host-'.length) : name
  return bare === own || (bare.startsWith(own) && /^(?:-b|\.\d+)$/.test(bare.slice(own.length)))
}

/** Something that can be written there, for a text that says nothing. */
function unusedOf(sources: readonly string[]): string | undefined {
  return ['bearer', 'basicPassword', 'amplify'].find((source) => !sources.includes(source))
}
