import { call, onSubmit, say, show } from './auth.js'

let username

onSubmit('forgot', async (fields) => {
  username = fields.username
  await call('forgot', { username })
  show('reset')
  say('If there is such an account, a code is in its mailbox.')
})

onSubmit('reset', async ({ code, newPassword }) => {
  await call('reset', { username, code: code.trim(), newPassword })
  location.assign('sign-in.html')
})
