// Calls of the auth API, and what all pages share. Texts of the page are set as text, never as HTML.
import { qrcode } from './qrcode.mjs'

const texts = {
  invalid_credentials: 'The user name or the password is wrong.',
  code_invalid: 'The code is wrong or too old.',
  challenge_expired: 'That took too long. Please sign in again.',
  password_policy: 'Please choose a stronger password.',
  too_many_attempts: 'Too many attempts. Please wait a while.',
  login_required: 'Please sign in.',
  session_expired: 'Please sign in again.',
}

/** The answer, or an Error whose `code` is that of the problem. */
export async function call(path, body) {
  const init = body && { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
  const response = await fetch(`/_cogate/auth/${path}`, init)
  const text = await response.text()
  const answer = text === '' ? {} : JSON.parse(text)
  if (response.ok) return answer
  throw Object.assign(new Error(texts[answer.code] ?? 'That did not work. Please try again later.'), { code: answer.code })
}

export const find = (id) => document.getElementById(id)
export const say = (text) => {
  find('message').textContent = text
}

/** One form at a time. */
export function show(id) {
  for (const form of document.forms) form.hidden = form.id !== id
  find(id).querySelector('input, select')?.focus()
}

/** Runs `act` with the fields of a form when it is sent. */
export function onSubmit(id, act) {
  find(id).addEventListener('submit', async (event) => {
    event.preventDefault()
    const button = find(id).querySelector('button')
    button.disabled = true
    say('')
    try {
      await act(Object.fromEntries(new FormData(find(id))))
    } catch (error) {
      say(error.message)
      if (error.code === 'challenge_expired') show('sign-in')
    } finally {
      button.disabled = false
    }
  })
}

/** Draws the text here: whoever sees it can make the codes, so no other server does. */
export function drawSecret({ otpauth, secret }) {
  const code = qrcode(0, 'M')
  code.addData(otpauth)
  code.make()
  const count = code.getModuleCount()
  const canvas = find('qr')
  canvas.width = canvas.height = count * 4
  const pen = canvas.getContext('2d')
  pen.fillStyle = '#fff'
  pen.fillRect(0, 0, canvas.width, canvas.height)
  pen.fillStyle = '#000'
  for (let row = 0; row < count; row++) {
    for (let column = 0; column < count; column++) {
      if (code.isDark(row, column)) pen.fillRect(column * 4, row * 4, 4, 4)
    }
  }
  find('secret').textContent = secret
}

/** Where the sign-in leads: a path of this site, whatever the address says. */
export function returnTo() {
  const wish = new URLSearchParams(location.search).get('returnTo') ?? '/'
  const url = URL.canParse(wish, location.origin) ? new URL(wish, location.origin) : undefined
  const isOurs = url?.origin === location.origin && /^\/(?![/\\])/.test(wish) && /^\/(?!\/)/.test(url.pathname)
  return isOurs ? url.pathname + url.search + url.hash : '/'
}
