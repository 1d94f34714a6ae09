/** The JSON API of the stand-in, asked as an AWS SDK asks it: the rules of Cognito that a client must obey. */
import { createHmac } from 'node:crypto'
import { Secret, TOTP } from 'otpauth'
import t from 'tap'
import { createKeys } from '../../src/issuer/keys.ts'
import { createClock } from '../helpers/clock.ts'
import { type IssuerOptions, startTestIssuer } from '../helpers/issuer.ts'

const keys = createKeys()
const password = 'demo-password'

type Output = Readonly<Record<string, unknown>> & { readonly Session?: string; readonly __type?: string }

async function startApi(t: Parameters<typeof startTestIssuer>[0], options: IssuerOptions = {}) {
  const clock = createClock()
  const issuer = await startTestIssuer(t, { keys, now: clock.now, ...options })
  const ClientId = issuer.clientId
  const post = async (headers: Readonly<Record<string, string>>, body: string) => {
    const response = await fetch(issuer.url, { method: 'POST', headers, body })
    return { status: response.status, output: (await response.json()) as Output }
  }
  const ask = async (operation: string, input: object = {}) =>
    (
      await post(
        { 'x-amz-target': `AWSCognitoIdentityProviderService.${operation}` },
        JSON.stringify({ ClientId, ...input }),
      )
    ).output
  const signIn = (username: string, more: object = {}) =>
    ask('InitiateAuth', {
      AuthFlow: 'USER_PASSWORD_AUTH',
      AuthParameters: { USERNAME: username, PASSWORD: password, ...more },
    })
  const answer = (ChallengeName: string, Session: unknown, ChallengeResponses: object) =>
    ask('RespondToAuthChallenge', { ChallengeName, Session, ChallengeResponses })
  return { issuer, clock, post, ask, signIn, answer }
}

const typeOf = (output: Output) => output.__type

t.test('tokens of the API have its one scope, an ID token, and no version', async (t) => {
  const { signIn } = await startApi(t)
  const { AccessToken, IdToken, RefreshToken } = (await signIn('alice'))['AuthenticationResult'] as Record<
    string,
    string
  >
  const claims = JSON.parse(Buffer.from(AccessToken?.split('.')[1] ?? '', 'base64url').toString())
  t.match(claims, { scope: 'aws.cognito.signin.user.admin', version: undefined, username: 'alice' })
  t.match(IdToken, /^eyJ/)
  t.equal(RefreshToken?.split('.').length, 5)
})

t.test('a secret hash is asked for where the client has a secret, and over the right name', async (t) => {
  const { issuer, signIn } = await startApi(t)
  const secret = 'the secret'
  t.equal(typeOf(await signIn('alice', { SECRET_HASH: 'x' })), 'NotAuthorizedException', 'the client has none')
  issuer.login.putClient({ clientId: issuer.clientId, clientSecret: secret })
  const hash = (name: string) =>
    createHmac('sha256', secret)
      .update(name + issuer.clientId)
      .digest('base64')
  t.equal(typeOf(await signIn('alice')), 'NotAuthorizedException')
  t.equal(typeOf(await signIn('alice', { SECRET_HASH: hash('bob') })), 'NotAuthorizedException')
  t.ok((await signIn('alice', { SECRET_HASH: hash('alice') }))['AuthenticationResult'])
})

t.test(
  'a Session is good once, for its challenge, its user and 3 minutes; a wrong code may be corrected',
  async (t) => {
    const { issuer, signIn, answer, clock } = await startApi(t)
    issuer.login.putUser({ username: 'm', password, email: 'm@example.com', mfa: { enabled: ['EMAIL_OTP'] } })
    const right = () => ({ USERNAME: 'm', EMAIL_OTP_CODE: issuer.login.lastCode('m') })
    const first = (await signIn('m')).Session
    t.equal(typeOf(await answer('EMAIL_OTP', first, { USERNAME: 'm', EMAIL_OTP_CODE: 'x' })), 'CodeMismatchException')
    t.ok((await answer('EMAIL_OTP', first, right()))['AuthenticationResult'])
    t.equal(typeOf(await answer('EMAIL_OTP', first, right())), 'NotAuthorizedException')
    for (const [name, responses] of [
      ['SMS_MFA', right],
      ['EMAIL_OTP', () => ({ ...right(), USERNAME: 'alice' })],
      ['toString', right],
    ] as const) {
      const { Session } = await signIn('m')
      t.equal(typeOf(await answer(name, Session, responses())), 'NotAuthorizedException', name)
    }
    const late = (await signIn('m')).Session
    clock.advance(180_000)
    t.equal(typeOf(await answer('EMAIL_OTP', late, right())), 'NotAuthorizedException')
    const many = (await signIn('m')).Session
    const wrong = { USERNAME: 'm', EMAIL_OTP_CODE: 'x' }
    for (let count = 0; count < 4; count++)
      t.equal(typeOf(await answer('EMAIL_OTP', many, wrong)), 'CodeMismatchException')
    t.equal(typeOf(await answer('EMAIL_OTP', many, right())), 'NotAuthorizedException')
  },
)

t.test('a code of an authenticator app is that of RFC 6238, one step off at most, and good once', async (t) => {
  const { issuer, signIn, answer, clock } = await startApi(t)
  const totpSecret = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ'
  issuer.login.putUser({ username: 'd', password, totpSecret, mfa: { enabled: ['SOFTWARE_TOKEN_MFA'] } })
  const totp = new TOTP({ secret: Secret.fromBase32(totpSecret) })
  const tryCode = async (offMs: number) => {
    const { Session } = await signIn('d')
    const code = totp.generate({ timestamp: clock.now() + offMs })
    return typeOf(await answer('SOFTWARE_TOKEN_MFA', Session, { USERNAME: 'd', SOFTWARE_TOKEN_MFA_CODE: code }))
  }
  t.equal(await tryCode(-60_000), 'CodeMismatchException')
  t.equal(await tryCode(60_000), 'CodeMismatchException')
  t.equal(await tryCode(-30_000), undefined)
  t.equal(await tryCode(0), undefined)
  t.equal(await tryCode(0), 'ExpiredCodeException')
  t.equal(await tryCode(30_000), undefined)
})

t.test('wrong passwords lock a user for ever longer, and nobody who does not exist', async (t) => {
  const { signIn, clock } = await startApi(t)
  const wrong = { PASSWORD: 'wrong' }
  for (let count = 0; count < 5; count++) await signIn('alice', wrong)
  t.match(await signIn('alice'), { message: 'Password attempts exceeded' })
  clock.advance(1000)
  t.ok((await signIn('alice'))['AuthenticationResult'])
  for (let count = 0; count < 9; count++)
    t.match(await signIn('nobody', wrong), { message: 'Incorrect username or password.' })
})

t.test('who does not exist is named only where the client says so, and forgotten passwords alternate', async (t) => {
  const { issuer, ask, signIn } = await startApi(t)
  const forgot = async () => typeOf(await ask('ForgotPassword', { Username: 'nobody' }))
  t.same([await forgot(), await forgot(), await forgot()], [undefined, 'InvalidParameterException', undefined])
  t.equal(
    typeOf(await ask('ConfirmForgotPassword', { Username: 'nobody', ConfirmationCode: '1', Password: password })),
    'ExpiredCodeException',
  )
  t.equal(typeOf(await ask('ResendConfirmationCode', { Username: 'nobody' })), undefined)
  t.equal(typeOf(await ask('ResendConfirmationCode', { Username: 'alice' })), 'InvalidParameterException')
  issuer.login.putClient({ clientId: issuer.clientId, preventUserExistenceErrors: false })
  t.equal(typeOf(await signIn('nobody')), 'UserNotFoundException')
  for (const operation of ['ForgotPassword', 'ResendConfirmationCode', 'ConfirmSignUp']) {
    t.equal(
      typeOf(await ask(operation, { Username: 'nobody', ConfirmationCode: '1' })),
      'UserNotFoundException',
      operation,
    )
  }
})

t.test('messages are limited, and so are guesses at a code', async (t) => {
  const { ask } = await startApi(t)
  for (let count = 0; count < 5; count++) await ask('ForgotPassword', { Username: 'alice' })
  t.equal(typeOf(await ask('ForgotPassword', { Username: 'alice' })), 'LimitExceededException')
  const guess = async () =>
    typeOf(await ask('ConfirmForgotPassword', { Username: 'alice', ConfirmationCode: 'x', Password: password }))
  for (let count = 0; count < 5; count++) t.equal(await guess(), 'CodeMismatchException')
  t.equal(await guess(), 'TooManyFailedAttemptsException')
})

t.test('GetUser, and what ends the tokens', async (t) => {
  const { issuer, ask, signIn } = await startApi(t)
  const { AccessToken, RefreshToken } = (await signIn('alice'))['AuthenticationResult'] as Record<string, string>
  t.match(await ask('GetUser', { AccessToken }), { Username: 'alice', UserMFASettingList: [] })
  t.equal(
    typeOf(await ask('GetUser', { AccessToken: issuer.mintAccessToken() })),
    'NotAuthorizedException',
    'another scope',
  )
  t.equal(typeOf(await ask('RevokeToken', { Token: AccessToken })), 'UnsupportedTokenTypeException')
  await ask('RevokeToken', { Token: RefreshToken })
  t.equal(typeOf(await ask('GetUser', { AccessToken })), 'NotAuthorizedException')
  t.equal(typeOf(await ask('GetTokensFromRefreshToken', { RefreshToken })), 'NotAuthorizedException')
  issuer.login.putClient({ clientId: issuer.clientId, clientSecret: 's', authFlows: ['USER_AUTH'] })
  t.equal(typeOf(await ask('RevokeToken', { Token: RefreshToken })), 'UnauthorizedException')
  t.equal(typeOf(await ask('GetTokensFromRefreshToken', { RefreshToken, ClientSecret: 'x' })), 'NotAuthorizedException')
  t.equal(typeOf(await signIn('alice')), 'InvalidParameterException', 'the flow is off')
})

t.test('what is no call of the API is answered as AWS answers it', async (t) => {
  const { post, ask } = await startApi(t)
  const target = { 'x-amz-target': 'AWSCognitoIdentityProviderService.InitiateAuth' }
  t.match(await post({}, '{}'), { status: 400, output: { __type: 'UnknownOperationException' } })
  t.match(await post({ 'x-amz-target': 'AWSCognitoIdentityProviderService.toString' }, '{}'), { status: 400 })
  for (const body of ['', '{', '5', 'null'])
    t.match(await post(target, body), { output: { __type: 'SerializationException' } })
  t.equal(typeOf(await ask('InitiateAuth', { ClientId: 'nobody' })), 'ResourceNotFoundException')
  t.equal(
    typeOf(await ask('InitiateAuth', { AuthFlow: 'USER_SRP_AUTH', AuthParameters: { USERNAME: 'a' } })),
    'InvalidParameterException',
  )
  t.equal(typeOf(await ask('InitiateAuth', { AuthFlow: 'USER_PASSWORD_AUTH' })), 'InvalidParameterException')
})

t.test('an identity pool takes the ID token of a user, and gives an identity and credentials', async (t) => {
  const { signIn, post, issuer } = await startApi(t)
  const { AuthenticationResult: tokens } = (await signIn('alice')) as unknown as {
    readonly AuthenticationResult: { readonly IdToken: string; readonly AccessToken: string }
  }
  const ask = async (operation: string, input: object) =>
    (await post({ 'x-amz-target': `AWSCognitoIdentityService.${operation}` }, JSON.stringify(input))).output
  const provider = issuer.issuer.replace('http://', '')
  const IdentityPoolId = 'eu-west-1:7d1c3e56-2f0a-4d0e-9c1b-8e2f6a5b4c3d'
  const Logins = { [provider]: tokens.IdToken }
  const { IdentityId } = await ask('GetId', { IdentityPoolId, Logins })
  t.match(IdentityId, /^eu-west-1:[\da-f-]{36}$/)
  t.match(await ask('GetCredentialsForIdentity', { IdentityId, Logins }), {
    IdentityId,
    Credentials: { AccessKeyId: /^ASIA/, SecretKey: String, SessionToken: String, Expiration: Number },
  })
  for (const [logins, why] of [
    [{}, 'no token'],
    [{ [provider]: tokens.AccessToken }, 'an access token'],
    [{ [provider]: `${tokens.IdToken}x` }, 'an altered token'],
    [{ 'cognito-idp.eu-west-1.amazonaws.com/eu-west-1_Other': tokens.IdToken }, 'another provider'],
  ] as const) {
    t.match(await ask('GetId', { IdentityPoolId, Logins: logins }), { __type: 'NotAuthorizedException' }, why)
  }
  t.match(await ask('GetId', { IdentityPoolId: 'x', Logins }), { __type: 'InvalidParameterException' })
  t.match(await ask('GetCredentialsForIdentity', { IdentityId: 'eu-west-1:other', Logins }), {
    __type: 'NotAuthorizedException',
  })
  t.match(await ask('SignUp', {}), { __type: 'UnknownOperationException' }, 'the APIs are two')
})
