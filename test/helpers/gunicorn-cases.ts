/** The requests of gunicorn's own tests (test/cases/gunicorn-requests.LICENSE), as bytes for a gate. */
import { readCaseLines } from './judged.ts'

export interface GunicornCase {
  readonly id: string
  /** Gunicorn's own, under the settings of the case. */
  readonly verdict: 'valid' | 'invalid'
  /** Latin-1, one character a byte. */
  readonly raw: string
}

/** Few of the cases have a Host. They get one, or all of HTTP/1.1 would be refused for the same reason. */
export function readGunicornCases(): readonly GunicornCase[] {
  return readCaseLines<GunicornCase>('gunicorn-requests.jsonl').map((row) => ({ ...row, raw: giveHost(row.raw) }))
}

function giveHost(raw: string): string {
  if (/^host[ \t]*:/im.test(raw)) return raw
  return raw.replace(/[^\r\n]* (?:HTTP|FTP)\/[^\r\n]*\r\n/g, (line) => `${line}Host: service.test\r\n`)
}
