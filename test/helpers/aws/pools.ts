/** A user pool that is set up well and one that is not, as scripts of the endpoint. */
import type { Input, Script } from './scripted.ts'

export const goodPoolId = 'ap-northeast-1_GoodPool1'
export const badPoolId = 'eu-west-1_BadPool01'

const day = 24 * 3600
const now = Date.parse('2026-11-30T00:00:00Z') / 1000

const webClient = {
  UserPoolId: goodPoolId,
  ClientId: '1webclient',
  ClientName: 'web',
  ClientSecret: 'never-to-be-seen',
  AccessTokenValidity: 60,
  RefreshTokenValidity: 30,
  TokenValidityUnits: { AccessToken: 'minutes', RefreshToken: 'days' },
  AllowedOAuthFlows: ['code'],
  AllowedOAuthFlowsUserPoolClient: true,
  AllowedOAuthScopes: ['openid', 'email', 'https://api.example.com/read'],
  CallbackURLs: ['https://app.example.com/_cogate/callback', 'myapp://signed-in'],
  LogoutURLs: ['https://app.example.com/_cogate/logged-out'],
  ExplicitAuthFlows: ['ALLOW_REFRESH_TOKEN_AUTH'],
  PreventUserExistenceErrors: 'ENABLED',
  EnableTokenRevocation: true,
}

const machineClient = {
  UserPoolId: goodPoolId,
  ClientId: '2machineclient',
  ClientName: 'machine',
  ClientSecret: 'never-to-be-seen',
  AllowedOAuthFlows: ['client_credentials'],
  AllowedOAuthFlowsUserPoolClient: true,
  AllowedOAuthScopes: ['https://api.example.com/read'],
}

/** Answers of a pool that has everything. */
export const goodPool: Script = {
  DescribeUserPool: () => ({
    UserPool: {
      Id: goodPoolId,
      Name: 'members',
      MfaConfiguration: 'ON',
      DeletionProtection: 'ACTIVE',
      UserPoolTier: 'PLUS',
      UserPoolAddOns: { AdvancedSecurityMode: 'ENFORCED' },
      Policies: { PasswordPolicy: { MinimumLength: 14, TemporaryPasswordValidityDays: 7 } },
      AdminCreateUserConfig: { AllowAdminCreateUserOnly: true },
      UsernameConfiguration: { CaseSensitive: false },
      EmailConfiguration: { EmailSendingAccount: 'DEVELOPER' },
      SmsConfiguration: { SnsCallerArn: 'arn:aws:iam::111122223333:role/sms', SnsRegion: 'ap-northeast-1' },
      LambdaConfig: {
        PreSignUp: 'arn:aws:lambda:ap-northeast-1:111122223333:function:check',
        PreTokenGeneration: 'arn:aws:lambda:ap-northeast-1:111122223333:function:claims',
        PreTokenGenerationConfig: {
          LambdaArn: 'arn:aws:lambda:ap-northeast-1:111122223333:function:claims',
          LambdaVersion: 'V2_0',
        },
      },
      CustomDomain: 'auth.example.com',
      EstimatedNumberOfUsers: 12_000,
    },
  }),
  GetUserPoolMfaConfig: () => ({ MfaConfiguration: 'ON', SoftwareTokenMfaConfiguration: { Enabled: true } }),
  ListUserPoolClients: () => ({
    UserPoolClients: [{ ClientId: webClient.ClientId }, { ClientId: machineClient.ClientId }],
  }),
  DescribeUserPoolClient: ({ ClientId }: Input) => ({
    UserPoolClient: ClientId === webClient.ClientId ? webClient : machineClient,
  }),
  ListGroups: () => ({ Groups: [{ GroupName: 'admin' }, { GroupName: 'staff' }] }),
  ListResourceServers: () => ({
    ResourceServers: [{ Identifier: 'https://api.example.com', Name: 'api', Scopes: [scope('read')] }],
  }),
  DescribeUserPoolDomain: () => ({
    DomainDescription: {
      Domain: 'auth.example.com',
      Status: 'ACTIVE',
      ManagedLoginVersion: 2,
      CloudFrontDistribution: 'd111111abcdef8.cloudfront.net',
      CustomDomainConfig: { CertificateArn: 'arn:aws:acm:us-east-1:111122223333:certificate/11111111' },
    },
  }),
  DescribeManagedLoginBrandingByClient: () => ({ ManagedLoginBranding: { UserPoolId: goodPoolId } }),
  ListUsers: () => ({
    Users: [
      {
        Username: 'anna',
        UserStatus: 'CONFIRMED',
        UserLastModifiedDate: now - day,
        Attributes: [{ Name: 'phone_number', Value: '+819012345678' }],
      },
    ],
  }),
}

function scope(name: string) {
  return { ScopeName: name, ScopeDescription: name }
}

const badClient = {
  UserPoolId: badPoolId,
  ClientId: '3spa',
  ClientName: "spa's",
  AccessTokenValidity: 1,
  RefreshTokenValidity: 3650,
  TokenValidityUnits: { AccessToken: 'days', RefreshToken: 'days' },
  AllowedOAuthFlows: ['implicit', 'client_credentials'],
  AllowedOAuthScopes: ['openid', 'aws.cognito.signin.user.admin'],
  CallbackURLs: ['http://app.example.com/cb', 'http://localhost:3000/cb', 'https://localhost:3000/cb'],
  WriteAttributes: ['email', 'custom:tenant'],
}

/** Two pages of users; answers of a pool that nobody has looked after. */
export const badPool: Script = {
  DescribeUserPool: () => ({
    UserPool: {
      Id: badPoolId,
      Name: 'legacy\u001b[31m',
      MfaConfiguration: 'OFF',
      DeletionProtection: 'INACTIVE',
      UserPoolTier: 'LITE',
      Policies: { PasswordPolicy: { MinimumLength: 6, RequireNumbers: true, TemporaryPasswordValidityDays: 90 } },
      AdminCreateUserConfig: { AllowAdminCreateUserOnly: false, UnusedAccountValidityDays: 90 },
      EmailConfiguration: { EmailSendingAccount: 'COGNITO_DEFAULT' },
      LambdaConfig: { PreTokenGeneration: 'arn:aws:lambda:eu-west-1:111122223333:function:old' },
      UserPoolTags: { team: 'it' },
      Domain: 'legacy',
      EstimatedNumberOfUsers: 150_000,
    },
  }),
  GetUserPoolMfaConfig: () => ({ MfaConfiguration: 'OFF' }),
  ListUserPoolClients: () => ({ UserPoolClients: [{ ClientId: badClient.ClientId }] }),
  DescribeUserPoolClient: () => ({ UserPoolClient: badClient }),
  ListGroups: () => ({ Groups: [{ GroupName: 'Admin' }] }),
  ListResourceServers: () => ({ ResourceServers: [] }),
  DescribeUserPoolDomain: () => ({
    DomainDescription: { Domain: 'legacy', Status: 'FAILED', ManagedLoginVersion: 2 },
  }),
  DescribeManagedLoginBrandingByClient: () => ({ __type: 'ResourceNotFoundException', message: 'no style' }),
  ListUsers: ({ PaginationToken }: Input) =>
    PaginationToken === undefined
      ? { Users: [user('anna', '+81-90-1234-5678'), user('ben', '+8109012345678')], PaginationToken: 'page-2' }
      : { Users: [user('cy', '+4915112345678'), { ...user('dan', '090 1234'), UserStatus: 'UNCONFIRMED' }] },
}

function user(name: string, phone: string) {
  return {
    Username: name,
    UserStatus: 'CONFIRMED',
    UserLastModifiedDate: now - 800 * day,
    Attributes: [{ Name: 'phone_number', Value: phone }],
  }
}
