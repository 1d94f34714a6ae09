/** Events as Cognito sends them to triggers: https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-working-with-lambda-triggers.html. */

const attributes = {
  sub: 'a7e45ab0-d091-70c7-1111-000000000001',
  email: 'anna@example.com',
  email_verified: 'true',
  'cognito:user_status': 'CONFIRMED',
}

/** What all events have. */
function common<const T extends string>(triggerSource: T) {
  return {
    version: '1',
    region: 'ap-northeast-1',
    userPoolId: 'ap-northeast-1_AbCdEfGhI',
    userName: attributes.sub,
    callerContext: { awsSdkVersion: 'aws-sdk-unknown-unknown', clientId: '7h57kf5cf8b6sl9rexample' },
    triggerSource,
  }
}

type Attributes = Readonly<Record<string, string>>

export function preSignUp(
  triggerSource: 'PreSignUp_SignUp' | 'PreSignUp_AdminCreateUser' | 'PreSignUp_ExternalProvider',
  email?: string,
) {
  return {
    ...common(triggerSource),
    request: { userAttributes: (email === undefined ? {} : { email }) as Record<string, string>, validationData: {} },
    response: { autoConfirmUser: false, autoVerifyEmail: false, autoVerifyPhone: false },
  }
}

export function postConfirmation(
  triggerSource: 'PostConfirmation_ConfirmSignUp' | 'PostConfirmation_ConfirmForgotPassword',
) {
  return { ...common(triggerSource), request: { userAttributes: attributes }, response: {} }
}

export function preAuthentication(own: Attributes = {}, userNotFound?: boolean) {
  const request = { userAttributes: { ...attributes, ...own }, validationData: {}, userNotFound }
  return { ...common('PreAuthentication_Authentication'), request, response: {} }
}

export function postAuthentication() {
  const request = { userAttributes: attributes, newDeviceUsed: false }
  return { ...common('PostAuthentication_Authentication'), request, response: {} }
}

export function preTokenGeneration(own: Readonly<Record<string, string | undefined>> = {}) {
  return {
    ...common('TokenGeneration_HostedAuth'),
    version: '2',
    request: {
      userAttributes: { ...attributes, ...own } as Record<string, string>,
      groupConfiguration: { groupsToOverride: ['staff'], iamRolesToOverride: [] },
      scopes: ['openid', 'email'],
    },
    response: { claimsAndScopeOverrideDetails: null },
  }
}

export function userMigration(triggerSource: 'UserMigration_Authentication' | 'UserMigration_ForgotPassword') {
  return {
    ...common(triggerSource),
    userName: 'anna@example.com',
    request: { password: 'Correct-Horse-7', validationData: {}, clientMetadata: {} },
    response: {} as Record<string, unknown>,
  }
}
