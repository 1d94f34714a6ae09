/** Six Lambda functions that Cognito calls, each with a log of its own and no more rights than it needs. */
import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib'
import * as cognito from 'aws-cdk-lib/aws-cognito'
import { PolicyStatement } from 'aws-cdk-lib/aws-iam'
import { Architecture, Runtime } from 'aws-cdk-lib/aws-lambda'
import { NodejsFunction, OutputFormat } from 'aws-cdk-lib/aws-lambda-nodejs'
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs'
import type { Construct } from 'constructs'
import type { Settings } from './settings.ts'

const { UserPoolOperation: on, LambdaVersion: version } = cognito

export interface Trigger {
  readonly name: string
  readonly function: NodejsFunction
  readonly logGroup: LogGroup
}

export function addTriggers(scope: Construct, userPool: cognito.UserPool, settings: Settings): readonly Trigger[] {
  const { emailDomains, mailFrom, appHost, legacyUsersUrl, zoneName } = settings
  const made: Trigger[] = []
  const make = (name: string, environment: Record<string, string> = {}): NodejsFunction => {
    const trigger = makeTrigger(scope, name, environment)
    made.push(trigger)
    return trigger.function
  }
  userPool.addTrigger(on.PRE_SIGN_UP, make('pre-sign-up', { EMAIL_DOMAINS: emailDomains }))
  const welcome = make('post-confirmation', { MAIL_FROM: mailFrom, APP_URL: `https://${appHost}/` })
  const identity = { service: 'ses', resource: 'identity', resourceName: zoneName }
  const resources = [Stack.of(scope).formatArn(identity)]
  welcome.addToRolePolicy(new PolicyStatement({ actions: ['ses:SendEmail'], resources }))
  userPool.addTrigger(on.POST_CONFIRMATION, welcome)
  userPool.addTrigger(on.PRE_AUTHENTICATION, make('pre-authentication', { EMAIL_DOMAINS: emailDomains }))
  userPool.addTrigger(on.POST_AUTHENTICATION, make('post-authentication'))
  userPool.addTrigger(on.PRE_TOKEN_GENERATION_CONFIG, make('pre-token-generation'), version.V2_0)
  if (legacyUsersUrl !== '') {
    userPool.addTrigger(on.USER_MIGRATION, make('user-migration', { LEGACY_USERS_URL: legacyUsersUrl }))
  }
  return made
}

/** Cognito waits five seconds for an answer, and tries three times. */
function makeTrigger(scope: Construct, name: string, environment: Record<string, string>): Trigger {
  const logGroup = new LogGroup(scope, `${name}-log`, {
    retention: RetentionDays.THREE_MONTHS,
    removalPolicy: RemovalPolicy.DESTROY,
  })
  const made = new NodejsFunction(scope, name, {
    entry: new URL(`../triggers/${name}.ts`, import.meta.url).pathname,
    depsLockFilePath: new URL('../package-lock.json', import.meta.url).pathname,
    projectRoot: new URL('..', import.meta.url).pathname,
    runtime: Runtime.NODEJS_24_X,
    architecture: Architecture.ARM_64,
    memorySize: 256,
    timeout: Duration.seconds(5),
    logGroup,
    environment,
    bundling: { format: OutputFormat.ESM, target: 'node24', sourceMap: true, bundleAwsSDK: false },
  })
  return { name, function: made, logGroup }
}
