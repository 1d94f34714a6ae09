/**
 * The template and the style of the pages. Readable on a phone, in the dark and with a screen reader; loads nothing.
 */

export const defaultTemplate = `<!doctype html>
<html lang="{{lang}}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<title>{{title}}</title>
<style>{{style}}</style>
</head>
<body>
<main>
<h1>{{title}}</h1>
<p>{{text}}</p>
{{action}}
{{request}}
</main>
</body>
</html>
`

export const defaultStyle = `
:root { color-scheme: light dark; --text: #1d2733; --soft: #4a5766; --page: #f2f4f7; --card: #fff; --line: #d5dbe3; --act: #1257b0; --on-act: #fff }
@media (prefers-color-scheme: dark) {
  :root { --text: #eef2f6; --soft: #b3bfcc; --page: #11161c; --card: #1b222b; --line: #343f4c; --act: #8ab8ff; --on-act: #0b1a2e }
}
* { box-sizing: border-box }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 1.5rem; background: var(--page); color: var(--text);
  font: 1rem/1.6 system-ui, -apple-system, "Segoe UI", "Hiragino Kaku Gothic ProN", "Yu Gothic UI", "Noto Sans JP", sans-serif }
main { width: 100%; max-width: 28rem; padding: 2rem; background: var(--card); border: 1px solid var(--line); border-radius: .75rem }
h1, .button, button { word-break: auto-phrase; overflow-wrap: anywhere }
h1 { margin: 0 0 .75rem; font-size: 1.375rem; line-height: 1.3; text-wrap: balance }
p { margin: 0 0 1.5rem; color: var(--soft); text-wrap: pretty }
form { margin: 0 }
.request { margin: 1.5rem 0 0; font-size: .8125rem; overflow-wrap: anywhere }
.button, button { display: inline-block; padding: .625rem 1.25rem; border: 0; border-radius: .5rem; background: var(--act); color: var(--on-act);
  font: inherit; font-weight: 600; text-decoration: none; cursor: pointer }
@media (max-width: 26rem) {
  body { padding: 1rem }
  main { padding: 1.5rem }
  h1 { font-size: 1.25rem }
  .button, button { display: block; width: 100%; padding-inline: .75rem; text-align: center }
}
.button:focus-visible, button:focus-visible { outline: 3px solid var(--text); outline-offset: 2px }
`
