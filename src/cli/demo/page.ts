/** The page that the service of the demo shows to a browser: who the gate says is there. Everything in it is escaped. */
import type { IncomingHttpHeaders } from 'node:http'

/** Written by the gate alone; what a caller sends under these names never arrives. */
const rows = [
  ['Name', 'x-forwarded-user'],
  ['E-mail', 'x-forwarded-email'],
  ['Groups', 'x-forwarded-groups'],
  ['Subject', 'x-cognito-sub'],
] as const

export function identityPage(headers: IncomingHttpHeaders): string {
  const cells = rows.map(
    ([title, name]) => `<tr><th scope="row">${title}</th><td>${readValue(headers[name])}</td></tr>`,
  )
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>The service behind the gate</title>
<style>
:root { color-scheme: light dark }
body { font: 1rem/1.6 system-ui, sans-serif; max-width: 36rem; margin: 3rem auto; padding: 0 1rem }
table { border-collapse: collapse; margin: 1.5rem 0 }
th, td { border-bottom: 1px solid #8886; padding: .5rem 1.5rem .5rem 0; text-align: left }
</style>
<h1>The service behind the gate</h1>
<p>The service has no sign-in of its own. cogate tells it in headers who is there:</p>
<table>
${cells.join('\n')}
</table>
<p><a href="/admin/">A page for the group admin</a> · <a href="/_cogate/logout">Sign out</a></p>
</html>
`
}

/** As the README says: percent-encoded UTF-8 where a value is not ASCII, and commas between the items of a list. */
function readValue(value: string | readonly string[] | undefined): string {
  const items = String(value ?? '').split(',')
  return escapeHtml(items.map(decodeEscapes).join(', ')) || '–'
}

function decodeEscapes(text: string): string {
  return text.replaceAll(/(?:%[\dA-F]{2})+/gi, (escapes) => Buffer.from(escapes.replaceAll('%', ''), 'hex').toString())
}

function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}
