/**
 * The pages that people see: one template, no script. Everything that is put into it is escaped.
 */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { PageLanguage } from '../../config/config.ts'
import { defaultStyle, defaultTemplate } from './template.ts'
import type { PageName } from './texts.ts'
import { requestLabel, texts } from './texts.ts'

export interface Page {
  /** The body, in UTF-8. */
  readonly body: string
  /** Name, value, name, value … */
  readonly headers: readonly string[]
}

export interface PageOptions {
  readonly dir?: string | undefined
  readonly languages: readonly PageLanguage[]
  /** Where forms of the pages may lead too, with all redirects behind them: origins or schemes. */
  readonly formTargets: readonly string[]
}

/** What the button of a page does. */
export type PageAction =
  | { readonly kind: 'link'; readonly href: string; readonly target?: '_blank' | '_top' }
  | { readonly kind: 'post'; readonly to: string }

/** The request that a page answers. */
export interface AnsweredRequest {
  readonly acceptLanguage: string | undefined
  readonly requestId: string
}

export type WritePage = (name: PageName, action: PageAction, request: AnsweredRequest) => Page

/** Throws like `readFileSync` where a file of `dir` cannot be read. A file that is not there has its default. */
export function compilePages({ dir, languages, formTargets }: PageOptions): WritePage {
  const style = readOwn(dir, 'page.css') ?? defaultStyle
  const template = readOwn(dir, 'page.html') ?? defaultTemplate
  const policy = contentPolicy(style, formTargets)
  return (name, action, { acceptLanguage, requestId }) => {
    const lang = chooseLanguage(acceptLanguage, languages)
    const { title, text, action: label } = texts[lang][name]
    const request = namesRequest.has(name) ? writeRequest(requestLabel[lang], requestId) : ''
    const written = { title: escapeHtml(title), text: escapeHtml(text), action: writeAction(action, label) }
    const parts = { lang, ...written, request, style }
    const body = template.replaceAll(
      /\{\{(\w+)\}\}/g,
      (whole, part: string) => parts[part as keyof typeof parts] ?? whole,
    )
    const frames = shownInFrames.has(name) ? policy : `${policy}; frame-ancestors 'none'`
    // The form of this page is sent with its origin, which older browsers would withhold.
    return { body, headers: headersOf(lang, frames, name === 'sign_out' ? 'same-origin' : 'no-referrer') }
  }
}

/** Nobody who is made to press their link has lost anything. */
const shownInFrames: ReadonlySet<PageName> = new Set(['framed', 'embedded', 'signed_out'])

/** A person may have to ask whoever runs the site, who finds the request in the log. */
const namesRequest: ReadonlySet<PageName> = new Set([
  'not_allowed',
  'not_strong_enough',
  'state_invalid',
  'login_loop',
  'login_failed',
  'session_unavailable',
])

function readOwn(dir: string | undefined, name: string): string | undefined {
  if (dir === undefined) return undefined
  try {
    return readFileSync(join(dir, name), 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/** Nothing is loaded and nothing runs; the one style sheet is known by its hash. Images may be of this host. */
function contentPolicy(style: string, formTargets: readonly string[]): string {
  const hash = createHash('sha256').update(style).digest('base64')
  const forms = ["'self'", ...formTargets].join(' ')
  return `default-src 'none'; style-src 'sha256-${hash}'; img-src 'self' data:; form-action ${forms}; base-uri 'none'`
}

function headersOf(lang: PageLanguage, policy: string, referrer: string): readonly string[] {
  const fixed = ['Content-Type', 'text/html; charset=utf-8', 'Cache-Control', 'no-store', 'Content-Language', lang]
  return [
    ...fixed,
    'Content-Security-Policy',
    policy,
    'Referrer-Policy',
    referrer,
    'X-Content-Type-Options',
    'nosniff',
    'Vary',
    'Accept-Language, Cookie, Sec-Fetch-Mode, Sec-Fetch-Dest',
  ]
}

function writeAction(action: PageAction, label: string): string {
  const text = escapeHtml(label)
  if (action.kind === 'post')
    return `<form method="post" action="${escapeHtml(action.to)}"><button>${text}</button></form>`
  const target = action.target === undefined ? '' : ` target="${action.target}" rel="noopener"`
  return `<a class="button" href="${escapeHtml(action.href)}"${target}>${text}</a>`
}

function writeRequest(label: string, requestId: string): string {
  return `<p class="request">${escapeHtml(label)}: <code>${escapeHtml(requestId)}</code></p>`
}

function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}

/** No browser sends more languages than this; a longer list would cost time. */
const longestHeader = 200

/** RFC 9110 section 12.5.4, as far as two languages need it: the one with the greatest weight, else the first of ours. */
function chooseLanguage(header: string | undefined, languages: readonly PageLanguage[]): PageLanguage {
  const wanted = (header ?? '')
    .slice(0, longestHeader)
    .split(',')
    .map((range) => {
      const [tag = '', ...parameters] = range
        .trim()
        .toLowerCase()
        .split(/\s*;\s*/)
      const weight = parameters.find((parameter) => parameter.startsWith('q='))
      return { tag, weight: weight === undefined ? 1 : Number(weight.slice(2)) }
    })
  const best = wanted
    .filter(({ weight }) => weight > 0)
    .toSorted((a, b) => b.weight - a.weight)
    .flatMap(({ tag }) => languages.filter((language) => tag === language || tag.startsWith(`${language}-`)))
  return best[0] ?? languages[0] ?? 'en'
}
