/** What CloudFormation would make, from the templates. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { App } from 'aws-cdk-lib'
import { Match, Template } from 'aws-cdk-lib/assertions'
import { makeStacks } from '../lib/stacks.ts'

const { context } = JSON.parse(readFileSync(new URL('../cdk.json', import.meta.url), 'utf8')) as {
  readonly context: Readonly<Record<string, string>>
}

/** Without the code of the triggers, which another test bundles. */
function synthesise(own: Readonly<Record<string, unknown>> = {}) {
  const app = new App({ context: { ...context, 'aws:cdk:bundling-stacks': [], ...own } })
  const { certificate, pool, service } = makeStacks(app)
  return {
    certificate: Template.fromStack(certificate),
    pool: Template.fromStack(pool),
    service: Template.fromStack(service),
    region: certificate.region,
  }
}

const { certificate, pool, service, region } = synthesise()

test('the pool asks everybody for an authenticator app, and is protected', () => {
  pool.hasResource('AWS::Cognito::UserPool', {
    DeletionPolicy: 'Retain',
    Properties: {
      MfaConfiguration: 'ON',
      EnabledMfas: ['SOFTWARE_TOKEN_MFA'],
      DeletionProtection: 'ACTIVE',
      UserPoolTier: 'ESSENTIALS',
      UsernameConfiguration: { CaseSensitive: false },
      Policies: { PasswordPolicy: Match.objectLike({ MinimumLength: 12, TemporaryPasswordValidityDays: 3 }) },
      EmailConfiguration: Match.objectLike({ EmailSendingAccount: 'DEVELOPER' }),
    },
  })
})

test('groups and the scopes of the API', () => {
  for (const GroupName of ['admin', 'staff']) pool.hasResourceProperties('AWS::Cognito::UserPoolGroup', { GroupName })
  pool.hasResourceProperties('AWS::Cognito::UserPoolResourceServer', {
    Identifier: 'https://app.example.com',
    Scopes: [Match.objectLike({ ScopeName: 'read' }), Match.objectLike({ ScopeName: 'write' })],
  })
})

test('the web client has the code flow to the addresses of cogate, short tokens, rotation, and hides who exists', () => {
  pool.hasResourceProperties('AWS::Cognito::UserPoolClient', {
    AllowedOAuthFlows: ['code'],
    CallbackURLs: ['https://app.example.com/_cogate/callback'],
    LogoutURLs: ['https://app.example.com/_cogate/logged-out'],
    AccessTokenValidity: 30,
    TokenValidityUnits: Match.objectLike({ AccessToken: 'minutes' }),
    RefreshTokenRotation: { Feature: 'ENABLED', RetryGracePeriodSeconds: 30 },
    PreventUserExistenceErrors: 'ENABLED',
    EnableTokenRevocation: true,
    GenerateSecret: true,
    WriteAttributes: ['email', 'name'],
  })
})

test('machines have their own client and no page', () => {
  pool.hasResourceProperties('AWS::Cognito::UserPoolClient', {
    AllowedOAuthFlows: ['client_credentials'],
    CallbackURLs: Match.absent(),
  })
})

test('the pages: managed login with a style, a certificate of us-east-1, and DNS records for both kinds of addresses', () => {
  assert.equal(region, 'us-east-1')
  certificate.hasResourceProperties('AWS::CertificateManager::Certificate', { DomainName: 'auth.example.com' })
  pool.hasResourceProperties('AWS::Cognito::UserPoolDomain', {
    Domain: 'auth.example.com',
    ManagedLoginVersion: 2,
    CustomDomainConfig: { CertificateArn: Match.anyValue() },
  })
  pool.hasResourceProperties('AWS::Cognito::ManagedLoginBranding', { UseCognitoProvidedValues: true })
  for (const Type of ['A', 'AAAA']) {
    const AliasTarget = Match.objectLike({ DNSName: { 'Fn::GetAtt': [Match.anyValue(), 'CloudFrontDistribution'] } })
    pool.hasResourceProperties('AWS::Route53::RecordSet', { Name: 'auth.example.com.', Type, AliasTarget })
  }
})

test('five triggers, and the sixth where users come from an older system', () => {
  const triggers = {
    PreSignUp: Match.anyValue(),
    PostConfirmation: Match.anyValue(),
    PreAuthentication: Match.anyValue(),
  }
  const tokens = { PreTokenGenerationConfig: { LambdaArn: Match.anyValue(), LambdaVersion: 'V2_0' } }
  const LambdaConfig = Match.objectLike({ ...triggers, ...tokens, PostAuthentication: Match.anyValue() })
  pool.hasResourceProperties('AWS::Cognito::UserPool', { LambdaConfig })
  pool.hasResourceProperties('AWS::Cognito::UserPool', { LambdaConfig: { UserMigration: Match.absent() } })
  const other = synthesise({ legacyUsersUrl: 'https://old.example.com/users' }).pool
  other.hasResourceProperties('AWS::Cognito::UserPool', { LambdaConfig: { UserMigration: Match.anyValue() } })
  other.hasResourceProperties('AWS::Lambda::Function', {
    Environment: { Variables: { LEGACY_USERS_URL: 'https://old.example.com/users' } },
  })
})

test('a trigger has five seconds, a log that ends, and the right to send mail only where it sends one', () => {
  const functions = Object.values(
    pool.findResources('AWS::Lambda::Function', { Properties: { Runtime: 'nodejs24.x' } }),
  )
  assert.equal(functions.filter(({ Properties }) => Properties.Timeout === 5).length, 5)
  for (const log of Object.values(pool.findResources('AWS::Logs::LogGroup')))
    assert.equal(log.Properties.RetentionInDays, 90)
  const mailing = Object.values(pool.findResources('AWS::IAM::Policy')).filter(({ Properties }) =>
    JSON.stringify(Properties.PolicyDocument).includes('ses:SendEmail'),
  )
  assert.equal(mailing.length, 1)
})

test('alarms reach a person', () => {
  for (const AlarmDescription of [
    /sign-ins fail/,
    /refuses sign-ins/,
    /refuses refreshes/,
    /deliver a code/,
    /pre-sign-up fails/,
  ])
    pool.hasResourceProperties('AWS::CloudWatch::Alarm', {
      AlarmDescription: Match.stringLikeRegexp(AlarmDescription.source),
      AlarmActions: [Match.anyValue()],
    })
  pool.hasResourceProperties('AWS::SNS::Subscription', { Protocol: 'email', Endpoint: 'on-call@example.com' })
  pool.hasResourceProperties('AWS::Cognito::LogDeliveryConfiguration', {
    LogConfigurations: [Match.objectLike({ EventSource: 'userNotification', LogLevel: 'ERROR' })],
  })
})

test('uploads: a user reaches the own prefix alone, over TLS, and nobody without a sign-in', () => {
  pool.hasResourceProperties('AWS::Cognito::IdentityPool', {
    AllowUnauthenticatedIdentities: false,
    CognitoIdentityProviders: [Match.objectLike({ ServerSideTokenCheck: true })],
  })
  const statements = Object.values(pool.findResources('AWS::IAM::Policy')).flatMap(
    ({ Properties }) =>
      Properties.PolicyDocument.Statement as { Action: string | string[]; Resource: unknown; Condition?: unknown }[],
  )
  const onBucket = statements.filter(({ Action }) => [Action].flat().some((action) => action.startsWith('s3:')))
  assert.equal(onBucket.length, 2)
  for (const { Resource, Condition } of onBucket) {
    assert.match(JSON.stringify([Resource, Condition]), /users\/\$\{cognito-identity\.amazonaws\.com:sub\}\/\*/)
  }
  pool.hasResourceProperties('AWS::S3::Bucket', {
    PublicAccessBlockConfiguration: { BlockPublicAcls: true, RestrictPublicBuckets: true },
  })
  pool.hasResourceProperties('AWS::S3::BucketPolicy', {
    PolicyDocument: Match.objectLike({
      Statement: Match.arrayWith([
        Match.objectLike({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
      ]),
    }),
  })
})

test('the load balancer sends to cogate alone, and asks whether it is ready', () => {
  service.hasResourceProperties('AWS::ECS::Service', {
    LoadBalancers: [Match.objectLike({ ContainerName: 'cogate', ContainerPort: 8181 })],
    DesiredCount: 2,
  })
  service.hasResourceProperties('AWS::ElasticLoadBalancingV2::TargetGroup', {
    HealthCheckPort: '9464',
    HealthCheckPath: '/readyz',
  })
  const opened = Object.values(service.findResources('AWS::EC2::SecurityGroupIngress')).map(
    ({ Properties }) => Properties.FromPort,
  )
  assert.deepEqual(opened.toSorted(), [8181, 9464])
})

test('cogate has no rights and no place to write, and its secrets are not in the template', () => {
  service.hasResourceProperties('AWS::ECS::TaskDefinition', {
    ContainerDefinitions: Match.arrayWith([
      Match.objectLike({
        Name: 'cogate',
        User: '65532:65532',
        ReadonlyRootFilesystem: true,
        LinuxParameters: { Capabilities: { Drop: ['ALL'] } },
        Secrets: [
          Match.objectLike({ Name: 'COGATE_SESSION_SECRETS' }),
          Match.objectLike({ Name: 'COGATE_LOGIN_CLIENT_SECRET' }),
        ],
      }),
    ]),
  })
  assert.doesNotMatch(JSON.stringify(pool.toJSON().Outputs), /Secret\.ClientSecret|UserPoolClient\.ClientSecret/)
})

test('settings that are wrong stop the synthesis, and are named', () => {
  assert.throws(() => synthesise({ zoneName: '', appHost: 7 }), /appHost|zoneName/)
  assert.throws(() => synthesise({ loginHost: 'auth.example.org' }), /auth\.example\.org: expected a host in the zone/)
  assert.throws(() => synthesise({ legacyUsersUrl: 'http://old' }), /expected https/)
})
