/**
 * The password of Basic authentication (RFC 7617) as the token. The user name is never looked at.
 */
import type { Source } from './source.ts'

export const basicPassword: Source = {
  read: ({ fields }) => {
    const { authorization } = fields
    return authorization !== undefined && isBasic(authorization) ? [passwordOf(authorization)] : []
  },
  // Browsers ask for it once and then send it with every request.
  isAmbient: true,
  strip: (fields) =>
    fields.authorization !== undefined && isBasic(fields.authorization)
      ? { ...fields, authorization: undefined }
      : fields,
}

function isBasic(authorization: string): boolean {
  return /^basic(?: |$)/i.test(authorization)
}

/** Empty: there is none. The user name has no colon, and the password may. */
function passwordOf(authorization: string): string {
  const text = decodeBase64(authorization.slice('basic'.length).replace(/^ +/, ''))
  const colon = text.indexOf(':')
  return colon === -1 ? '' : text.slice(colon + 1)
}

/** RFC 4648 section 4, without a second spelling of the same bytes. Empty: it is none. A character of the result is a byte. */
function decodeBase64(text: string): string {
  const bytes = Buffer.from(text, 'base64')
  return bytes.toString('base64') === text ? bytes.toString('latin1') : ''
}
