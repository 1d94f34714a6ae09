/** The style of the status page: light and dark, and tables that become cards on a phone. */

export const style = `
:root { color-scheme: light dark; --text: #1d2733; --soft: #4a5766; --page: #f2f4f7; --card: #fff; --line: #d5dbe3; --act: #1257b0; --good: #146c37; --bad: #a8201a; --warn: #8a5200 }
@media (prefers-color-scheme: dark) {
  :root { --text: #eef2f6; --soft: #b3bfcc; --page: #11161c; --card: #1b222b; --line: #343f4c; --act: #8ab8ff; --good: #6fd695; --bad: #ff9d94; --warn: #f3c06b }
}
* { box-sizing: border-box }
body { margin: 0; background: var(--page); color: var(--text); font: .9375rem/1.5 system-ui, -apple-system, "Segoe UI", "Hiragino Kaku Gothic ProN", "Yu Gothic UI", "Noto Sans JP", sans-serif }
header, main { max-width: 80rem; margin: 0 auto; padding: 1rem 1.5rem }
header { display: flex; flex-wrap: wrap; align-items: center; gap: .5rem 1rem; padding-bottom: 0 }
h1 { margin: 0; font-size: 1.375rem }
h2 { margin: 0 0 .25rem; font-size: 1.0625rem }
header p { margin: 0; color: var(--soft) }
.controls { margin-left: auto; display: flex; gap: .5rem; align-items: center }
button, select { font: inherit; color: var(--text); background: var(--card); border: 1px solid var(--soft); border-radius: .375rem; padding: .25rem .75rem; min-height: 2.25rem }
button { cursor: pointer }
button:focus-visible, select:focus-visible { outline: 3px solid var(--act); outline-offset: 2px }
#state { font-weight: 700; padding: .125rem .75rem; border: 2px solid currentColor; border-radius: 1rem }
.good { color: var(--good) } .bad { color: var(--bad) } .warn { color: var(--warn) }
section { margin: 0 0 1rem; padding: 1rem 1.25rem; background: var(--card); border: 1px solid var(--line); border-radius: .75rem }
section > p { margin: 0 0 .75rem; color: var(--soft); font-size: .875rem }
dl { display: grid; grid-template-columns: repeat(auto-fill, minmax(9.5rem, 1fr)); gap: .75rem 1rem; margin: .5rem 0 0 }
dt { color: var(--soft); font-size: .875rem }
dd { margin: 0; font-size: 1.375rem; font-variant-numeric: tabular-nums }
dd small { display: block; font-size: .8125rem; color: var(--soft); min-height: 1.25rem }
table { width: 100%; border-collapse: collapse }
th, td { text-align: start; padding: .375rem 1.25rem .375rem 0; vertical-align: top; border-top: 1px solid var(--line); overflow-wrap: break-word }
td.mono { overflow-wrap: anywhere }
thead th { border-top: 0; color: var(--soft); font-weight: 600; font-size: .8125rem; white-space: nowrap }
tbody th { font-weight: 600 }
th:last-child, td:last-child { padding-inline-end: 0 }
td.number, th.number { text-align: end }
td.number, th.number, th.time { font-variant-numeric: tabular-nums; white-space: nowrap }
.mono { font-family: ui-monospace, "SFMono-Regular", Menlo, Consolas, "Noto Sans Mono", monospace; font-size: .8125rem }
@media (max-width: 44rem) {
  header, main { padding: .75rem }
  header { padding-bottom: 0 }
  section { padding: .875rem }
  .controls { margin-left: 0; width: 100% }
  dl { grid-template-columns: 1fr 1fr }
  table, tbody, tr, td, tbody th { display: block; width: 100% }
  thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%) }
  tr { padding: .5rem 0; border-top: 1px solid var(--line) }
  tbody tr:first-child { border-top: 0 }
  th, td, td.number, th.number { border: 0; padding: .125rem 0; text-align: start; white-space: normal }
  td { display: grid; grid-template-columns: 8.5rem 1fr; gap: .5rem }
  td::before { content: attr(data-label); color: var(--soft); font-family: system-ui, sans-serif; font-size: .8125rem }
}
`
