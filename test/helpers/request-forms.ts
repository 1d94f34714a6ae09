/** Requests by form, as bytes for a gate with one public rule: ours, and those of gunicorn's own tests. */
import { expectationOf, type Row } from './cases.ts'
import { readCaseLines } from './judged.ts'

export interface RequestForm {
  readonly id: string
  /** Latin-1, one character a byte. */
  readonly raw: string
  /** The same requests as a strict reader must find them, where it could not read `raw`. */
  readonly plain?: string
}

/** `forwarded`, or the reason of the refusal. */
interface OwnRow extends Omit<Row<string>, 'id'>, RequestForm {
  readonly section: string
}

export interface OwnRequestForm extends RequestForm {
  readonly name: string
  /** What cogate does. */
  readonly expected: string
}

export function readRequestForms(): readonly OwnRequestForm[] {
  return readCaseLines<OwnRow>('request-forms.jsonl').map((row) => ({
    id: row.id,
    name: `${row.section}: ${row.name}`,
    raw: row.raw,
    ...(row.plain !== undefined && { plain: row.plain }),
    expected: expectationOf(row),
  }))
}

export interface OtherRequestForm extends RequestForm {
  /** That of those who wrote it, under the settings of the case. */
  readonly verdict: 'valid' | 'invalid'
}

export const otherRequestsFile = 'gunicorn-requests.jsonl'

/** Few of those cases have a Host. They get one, or all of HTTP/1.1 would be refused for the same reason. */
export function giveHost<Form extends RequestForm>(form: Form): Form {
  if (/^host[ \t]*:/im.test(form.raw)) return form
  const raw = form.raw.replace(/[^\r\n]* (?:HTTP|FTP)\/[^\r\n]*\r\n/g, (line) => `${line}Host: service.test\r\n`)
  return { ...form, raw }
}
