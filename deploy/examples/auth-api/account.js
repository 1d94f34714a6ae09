import { call, drawSecret, find, onSubmit, say } from './auth.js'

try {
  const { user } = await call('session')
  find('who').textContent = `You are ${user.username}.`
} catch {
  location.replace('sign-in.html?returnTo=/auth/account.html')
}

onSubmit('totp', async () => {
  drawSecret(await call('totp/associate', {}))
  find('verify').hidden = false
})

onSubmit('verify', async ({ code }) => {
  await call('totp/verify', { code: code.trim() })
  await call('mfa', { totp: { enabled: true, preferred: true } })
  find('verify').hidden = true
  say('The authenticator app is set up.')
})

onSubmit('password', async ({ current, newPassword }) => {
  await call('password', { current, newPassword })
  say('The password is changed.')
})

onSubmit('sign-out', async ({ everywhere }) => {
  await call('sign-out', { everywhere: everywhere === 'on' }).catch((error) => {
    // Without a code there was no answer.
    if (error.code === undefined || everywhere !== 'on') throw error
    throw new Error('You are signed out here. Other sessions may go on: please sign in and try again.')
  })
  location.assign('sign-in.html')
})
