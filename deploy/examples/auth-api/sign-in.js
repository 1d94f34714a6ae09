import { call, drawSecret, find, onSubmit, returnTo, say, show } from './auth.js'

// The session of the step before: each answer has a new one.
let session

async function goOn(answer) {
  if (answer.status === 'signed-in') return location.assign(returnTo())
  session = answer.session
  const { name, choices = [], delivery, requiredAttributes = [] } = answer.challenge
  if (name === 'SELECT_MFA_TYPE' || name === 'SELECT_CHALLENGE') return offer(choices)
  if (name === 'NEW_PASSWORD_REQUIRED') return askForPassword(requiredAttributes)
  if (name === 'MFA_SETUP') return setUp()
  show('code')
  say(delivery ? `A code was sent to ${delivery.destination}.` : 'Type in the code of your authenticator app.')
}

function offer(choices) {
  const options = choices.map((choice) => new Option(choice.replaceAll('_', ' ').toLowerCase(), choice))
  find('choice').elements.choice.replaceChildren(...options)
  show('choice')
}

function askForPassword(attributes) {
  const fields = attributes.map((name) => {
    const label = document.createElement('label')
    const input = Object.assign(document.createElement('input'), { name: `attribute ${name}`, required: true })
    label.append(name, input)
    return label
  })
  find('attributes').replaceChildren(...fields)
  show('new-password')
  say('Please choose a password of your own.')
}

async function setUp() {
  const made = await call('totp/associate', { session })
  session = made.session
  drawSecret(made)
  show('set-up')
}

const answer = async (given) => goOn(await call('challenge', { session, answer: given }))

onSubmit('sign-in', async ({ username, password }) => goOn(await call('sign-in', { username, password })))
onSubmit('code', ({ code }) => answer({ code: code.trim() }))
onSubmit('choice', ({ choice }) => answer({ choice }))
onSubmit('new-password', ({ newPassword, ...fields }) => {
  const attributes = Object.fromEntries(Object.entries(fields).map(([name, value]) => [name.slice('attribute '.length), value]))
  return answer({ newPassword, attributes })
})
onSubmit('set-up', async ({ code }) => {
  const verified = await call('totp/verify', { session, code: code.trim() })
  session = verified.session
  await answer({})
})
