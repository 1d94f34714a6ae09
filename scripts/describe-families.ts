/**
 * The families of headers that are always stripped, as Markdown, for docs/configuration.md.
 */
import { headerFamilies } from '../src/headers/families.ts'

export function renderFamilies(): string {
  const rows = headerFamilies.map(({ product, prefixes }) => `| ${product} | ${prefixes.map(writePrefix).join(', ')} |`)
  return `${INTRO}\n\n${HEAD}\n${rows.join('\n')}\n\n${NOTES}\n`
}

const INTRO = `
### Families

Some product takes these headers for identity. cogate removes them from every request, whatever the preset and whoever
sends them, trusted proxies included. Every name that begins with one of these words is meant. Case does not count, and
\`_\`, \`.\` and every other sign count as \`-\`.`

const HEAD = '| who sets or trusts them | beginnings of names |\n|---|---|'

const NOTES =
  '`X-User-Agent` passes: gRPC-Web sends it with every call. A family of your own goes into `identityHeaders.stripPrefixes`.'

/** The private headers of WebSphere begin with a dollar sign: `$WSRU`. */
function writePrefix(prefix: string): string {
  return `\`${prefix}*\``
}
