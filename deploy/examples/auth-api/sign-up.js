import { call, find, onSubmit, say, show } from './auth.js'

let username

onSubmit('sign-up', async (fields) => {
  username = fields.username
  const made = await call('sign-up', { username, password: fields.password, attributes: { email: fields.email } })
  if (made.confirmed) return location.assign('sign-in.html')
  show('confirm')
  // The same for a name that is taken: its owner gets no message.
  say('If the name is free, a code is in your mailbox. If you have an account already, sign in.')
})

onSubmit('confirm', async ({ code }) => {
  await call('confirm', { username, code: code.trim() })
  location.assign('sign-in.html')
})

find('resend').addEventListener('click', async () => {
  await call('resend', { username }).then(
    () => say('It was sent again.'),
    (error) => say(error.message),
  )
})
