/**
 * Requests out of bytes as the most forgiving server reads them: bare LF ends a line, names may have blanks behind them,
 * any trace of `chunked` counts, `Content_Length` is a length as it is for CGI, numbers end where they stop being numbers. What a strict reader takes for one request
 * may be two here; then it was one for nobody.
 */

export interface LenientRequest {
  readonly method: string
  readonly target: string
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly complete: boolean
}

interface Head {
  readonly request: Omit<LenientRequest, 'complete'>
  readonly rest: string
}

interface Body {
  readonly complete: boolean
  readonly rest: string
}

/** Latin-1. */
export function readLeniently(bytes: string): readonly LenientRequest[] {
  const requests: LenientRequest[] = []
  for (let rest = bytes; ; ) {
    const head = readHead(rest)
    if (head === undefined) return requests
    const body = readBody(head)
    requests.push({ ...head.request, complete: body.complete })
    if (!body.complete) return requests
    rest = body.rest
  }
}

function readHead(bytes: string): Head | undefined {
  const text = bytes.replace(/^[\r\n]+/, '')
  const end = /\r?\n\r?\n/.exec(text)
  if (end === null) return undefined
  const [line = '', ...lines] = text.slice(0, end.index).split(/\r?\n|\r/)
  const [method = '', target = ''] = line.trim().split(/[ \t]+/)
  const headers = lines.map((text) => {
    const colon = text.indexOf(':')
    const name = text.slice(0, colon).trim().toLowerCase()
    return [name.replaceAll(/[^a-z0-9]/g, '-'), text.slice(colon + 1).trim()] as const
  })
  return { request: { method, target, headers }, rest: text.slice(end.index + end[0].length) }
}

function readBody({ request: { headers }, rest }: Head): Body {
  const valuesOf = (wanted: string) => headers.filter(([name]) => name === wanted).map(([, value]) => value)
  if (/chunked/i.test(valuesOf('transfer-encoding').join())) return readChunks(rest)
  const length = Number.parseInt(valuesOf('content-length').at(-1) ?? '0', 10) || 0
  return { complete: rest.length >= length, rest: rest.slice(length) }
}

function readChunks(bytes: string): Body {
  for (let rest = bytes; ; ) {
    const line = /^[^\n]*\n/.exec(rest)?.[0]
    if (line === undefined) return { complete: false, rest: '' }
    const size = Number.parseInt(line, 16) || 0
    rest = rest.slice(line.length)
    if (size === 0) return readTrailers(rest)
    if (rest.length < size) return { complete: false, rest: '' }
    rest = rest.slice(size).replace(/^\r?\n/, '')
  }
}

function readTrailers(bytes: string): Body {
  const end = /^(?:[^\n]*[^\r\n][^\n]*\n)*\r?\n/.exec(bytes)
  return end === null ? { complete: false, rest: '' } : { complete: true, rest: bytes.slice(end[0].length) }
}
