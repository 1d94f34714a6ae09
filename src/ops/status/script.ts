/**
 * The script of the status page, as text. It asks for /status every two seconds, and writes what it gets as text, never as
 * HTML: paths come from callers. `TEXTS` is replaced by the words of both languages.
 */

export const script = `'use strict'
const texts = TEXTS
const everyMs = 2000
const source = 'status'
const byId = (id) => document.getElementById(id)
const view = { lang: choose(), status: undefined, before: undefined, isPaused: false, isLost: false, timer: undefined }

function choose() {
  const asked = new URLSearchParams(location.search).get('lang') ?? navigator.language
  return /^ja\\b/.test(asked) ? 'ja' : 'en'
}

function say(name, values = {}) {
  return texts[view.lang][name].replace(/\\{(\\w+)\\}/g, (whole, key) => values[key] ?? whole)
}

function element(tag, { text, children = [], ...attributes } = {}) {
  const made = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) if (value !== undefined) made.setAttribute(name, value)
  if (text !== undefined) made.textContent = text
  made.append(...children)
  return made
}

const number = (value) => new Intl.NumberFormat(view.lang).format(value)
const clock = (ms) => new Date(ms).toLocaleTimeString(view.lang, { hourCycle: 'h23' })

function span(ms) {
  const units = [['day', 86400], ['hour', 3600], ['minute', 60], ['second', 1]]
  const seconds = Math.max(0, Math.round(ms / 1000))
  const [unit, size] = units.find(([, size]) => seconds >= size) ?? units[3]
  const style = { style: 'unit', unit, unitDisplay: 'long', maximumFractionDigits: 1 }
  return new Intl.NumberFormat(view.lang, style).format(Math.floor((seconds / size) * 10) / 10)
}

/** Columns are [label, kind]; a row is a list of texts or of { text, mark }. The first cell of a row is its heading. */
function table(columns, rows) {
  const kindOf = (at) => columns[at][1] ?? ''
  const head = columns.map(([label, kind]) => element('th', { text: label, scope: 'col', role: 'columnheader', class: kind === 'number' ? kind : undefined }))
  const body = rows.map((row) => {
    const cells = row.map((cell, at) => {
      const { text, mark = '' } = typeof cell === 'object' ? cell : { text: cell }
      const place = at === 0 ? { scope: 'row', role: 'rowheader' } : { role: 'cell', 'data-label': columns[at][0] }
      return element(at === 0 ? 'th' : 'td', { ...place, text: String(text), class: (kindOf(at) + ' ' + mark).trim() })
    })
    return element('tr', { role: 'row', children: cells })
  })
  return element('table', {
    role: 'table',
    children: [
      element('thead', { role: 'rowgroup', children: [element('tr', { role: 'row', children: head })] }),
      element('tbody', { role: 'rowgroup', children: body }),
    ],
  })
}

function section(id, title, note, content) {
  const notes = note === undefined ? [] : [element('p', { text: note })]
  const heading = element('h2', { text: title, id: id + '-title' })
  return element('section', { id, 'aria-labelledby': id + '-title', children: [heading, ...notes, content] })
}

const outcomes = { allowed: ['allow'], reported: ['report'], refused: ['challenge', 'deny'], login: ['login'], failed: ['fail'] }

function counted(status, { route, kinds } = {}) {
  const wanted = status.decisions.filter((one) => (!route || one.route === route) && (!kinds || kinds.includes(one.outcome)))
  return wanted.reduce((total, { count }) => total + count, 0)
}

function numbers(status) {
  const { before } = view
  const seconds = before === undefined ? 0 : (status.at - before.at) / 1000
  const rate = (kinds) => (seconds > 0 ? (counted(status, { kinds }) - counted(before, { kinds })) / seconds : 0)
  const perSecond = (kinds) => say('perSecond', { count: number(Math.max(0, Math.round(rate(kinds) * 10) / 10)) })
  const looked = status.cache.hits + status.cache.misses
  const share = looked === 0 ? '–' : new Intl.NumberFormat(view.lang, { style: 'percent' }).format(status.cache.hits / looked)
  const marks = { refused: 'warn', failed: 'bad' }
  const shown = [
    [say('requests'), number(counted(status)), perSecond()],
    ...Object.entries(outcomes).map(([name, kinds]) => {
      const count = counted(status, { kinds })
      return [say(name), number(count), perSecond(kinds), count > 0 ? marks[name] : undefined]
    }),
    ...['inFlight', 'waiting', 'webSockets', 'tokens'].map((name) => [say(name), number(status.now[name])]),
    [say('cacheHits'), share],
  ]
  const items = shown.flatMap(([label, value, rest = '', mark]) => [
    element('div', {
      children: [
        element('dt', { text: label }),
        element('dd', { class: mark, children: [value, ...(rest === '' ? [] : [element('small', { text: rest })])] }),
      ],
    }),
  ])
  return section('numbers', say('numbers'), say('numbersNote'), element('dl', { children: items }))
}

function pools(status) {
  const columns = [[say('pool'), 'mono'], [say('state')], [say('keyCount'), 'number'], [say('age')], [say('lastError')]]
  const rows = status.pools.map(({ pool, ready, keys, ageMs, lastError }) => [
    pool,
    { text: ready ? '✔ ' + say('usable') : '✘ ' + say('unusable'), mark: ready ? 'good' : 'bad' },
    number(keys),
    ageMs === undefined ? say('never') : span(ageMs),
    { text: lastError ?? say('none'), mark: lastError === undefined ? '' : 'warn' },
  ])
  return section('keys', say('keys'), undefined, table(columns, rows))
}

function upstreams(status) {
  const counts = ['busy', 'idle', 'connecting']
  const columns = [[say('name')], [say('url'), 'mono'], ...counts.map((name) => [say(name), 'number'])]
  const rows = status.upstreams.map((one) => [one.name, one.url, ...counts.map((name) => number(one[name]))])
  return section('upstreams', say('upstreams'), undefined, table(columns, rows))
}

const auths = { required: 'authRequired', none: 'authNone', optional: 'authOptional', login: 'authLogin' }

function access(rule) {
  const lists = ['groups', 'scopes', 'anyScope', 'clientIds', 'userPools', 'acr', 'tokenUse'].filter((name) => rule[name] !== undefined)
  const demands = lists.map((name) => say(name, { list: rule[name].join(', ') }))
  const age = rule.maxAuthAgeMs === undefined ? [] : [say('maxAuthAgeMs', { time: span(rule.maxAuthAgeMs) })]
  const claims = Object.entries(rule.claims ?? {}).map(([name, values]) => say('claims', { name, list: values.join(' / ') }))
  const subject = rule.subject === undefined ? [] : [say(rule.subject === 'user' ? 'subjectUser' : 'subjectMachine')]
  const mode = rule.mode === 'report' ? [say('reportMode')] : []
  return [say(auths[rule.auth] ?? 'authRequired'), ...demands, ...claims, ...subject, ...age, ...mode].join(view.lang === 'ja' ? '、' : '; ')
}

function routes(status) {
  const kinds = ['requests', 'refused', 'failed']
  const columns = [[say('path'), 'mono'], [say('applies')], [say('access')], ...kinds.map((name) => [say(name), 'number'])]
  const rows = [...status.routes, { path: 'default', auth: 'required' }].map((rule) => [
    rule.path,
    [rule.methods?.join(', ') ?? say('any'), rule.host].filter(Boolean).join(', '),
    access(rule),
    ...kinds.map((name) => number(counted(status, { route: rule.path, kinds: outcomes[name] }))),
  ])
  return section('routes', say('routes'), say('routesNote'), table(columns, rows))
}

function refusals(status) {
  const columns = [[say('time'), 'time'], [say('reason'), 'mono'], [say('request'), 'mono'], [say('route'), 'mono'], [say('client'), 'mono'], [say('requestId'), 'mono']]
  const rows = status.refusals.map((one) => [
    clock(one.at),
    { text: one.status + ' ' + one.reason, mark: one.status >= 500 ? 'bad' : 'warn' },
    one.method + ' ' + one.path,
    one.route,
    one.client,
    one.requestId,
  ])
  const content = rows.length === 0 ? element('p', { text: say('noRefusals') }) : table(columns, rows)
  return section('refusals', say('refusals'), say('refusalsNote'), content)
}

function workers(status) {
  const words = { starting: 'workerStarting', serving: 'workerServing', ended: 'workerEnded', silent: 'workerSilent' }
  const rows = status.workers.map(({ worker, state, ready }) => [
    number(worker),
    { text: (ready ? '✔ ' : '✘ ') + say(words[state] ?? 'workerSilent'), mark: ready ? 'good' : 'bad' },
  ])
  return section('workers', say('workers'), undefined, table([[say('worker')], [say('state')]], rows))
}

/** Written only where it changes, so that a screen reader speaks of changes alone. */
function write(id, text, mark) {
  const place = byId(id)
  if (place.textContent !== text) place.textContent = text
  if (mark !== undefined) place.className = mark
}

function show() {
  const { status } = view
  document.documentElement.lang = view.lang
  document.title = say('title')
  byId('lang-label').textContent = say('language')
  byId('pause').textContent = say(view.isPaused ? 'resume' : 'pause')
  if (status === undefined) return write('updated', say('loading'))
  const [word, mark] = status.draining ? ['draining', 'warn'] : status.ready ? ['ready', 'good'] : ['notReady', 'bad']
  write('state', say(word), mark)
  write('running', say('running', { version: status.version, time: span(status.at - status.startedAt) }))
  write('updated', say('updated', { time: clock(status.at) }))
  write('lost', view.isLost ? say('lost', { time: clock(status.at) }) : '')
  const parts = [numbers, pools, upstreams, routes, refusals, ...(status.workers.length > 0 ? [workers] : [])]
  place(parts.map((part) => part(status)))
}

/** A part that has not changed stays: what is selected, and the place of a screen reader, are not lost. */
function place(parts) {
  const content = byId('content')
  if (content.children.length !== parts.length) return content.replaceChildren(...parts)
  for (const [at, part] of parts.entries()) {
    const old = content.children[at]
    if (!old.isEqualNode(part)) old.replaceWith(part)
  }
}

async function update() {
  clearTimeout(view.timer)
  try {
    const answer = await fetch(source, { cache: 'no-store', signal: AbortSignal.timeout(5000) })
    if (!answer.ok) throw new Error(String(answer.status))
    view.before = view.status
    view.status = await answer.json()
    view.isLost = false
  } catch {
    view.isLost = true
  }
  show()
  schedule()
}

function schedule() {
  clearTimeout(view.timer)
  if (!view.isPaused && !document.hidden) view.timer = setTimeout(update, everyMs)
}

byId('lang').value = view.lang
byId('lang').addEventListener('change', ({ target }) => {
  view.lang = target.value
  show()
})
byId('pause').addEventListener('click', () => {
  view.isPaused = !view.isPaused
  show()
  schedule()
})
document.addEventListener('visibilitychange', () => (document.hidden || view.isPaused ? clearTimeout(view.timer) : update()))
show()
update()
`
