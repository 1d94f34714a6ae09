/** The user pool with its groups, clients, sign-in pages, triggers, alarms, and the identity pool for uploads. */
import { CfnOutput, Duration, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib'
import type { ICertificate } from 'aws-cdk-lib/aws-certificatemanager'
import * as cognito from 'aws-cdk-lib/aws-cognito'
import { Secret } from 'aws-cdk-lib/aws-secretsmanager'
import type { Construct } from 'constructs'
import { addAlarms } from './alarms.ts'
import { addClients, type Clients } from './clients.ts'
import { addPages } from './pages.ts'
import type { Settings } from './settings.ts'
import { addTriggers } from './triggers.ts'
import { addUploads } from './uploads.ts'

export interface PoolStackProps extends StackProps {
  readonly settings: Settings
  readonly certificate: ICertificate
}

export class PoolStack extends Stack {
  readonly userPool: cognito.UserPool
  readonly clients: Clients
  /** The secret of the web client. It never leaves this stack as a text. */
  readonly clientSecret: Secret

  constructor(scope: Construct, id: string, { settings, certificate, ...props }: PoolStackProps) {
    super(scope, id, props)
    this.userPool = this.#createPool(settings)
    for (const groupName of ['admin', 'staff']) this.userPool.addGroup(`Group-${groupName}`, { groupName })
    this.clients = addClients(this.userPool, settings)
    this.clientSecret = new Secret(this, 'ClientSecret', { secretStringValue: this.clients.web.userPoolClientSecret })
    addPages(this, { userPool: this.userPool, client: this.clients.web, certificate, settings })
    const functions = addTriggers(this, this.userPool, settings)
    addAlarms(this, { userPool: this.userPool, client: this.clients.web, functions, settings })
    addUploads(this, { userPool: this.userPool, client: this.clients.web, settings })
    new CfnOutput(this, 'UserPoolId', { value: this.userPool.userPoolId })
    new CfnOutput(this, 'WebClientId', { value: this.clients.web.userPoolClientId })
    new CfnOutput(this, 'MachineClientId', { value: this.clients.machine.userPoolClientId })
  }

  #createPool({ name, mailFrom, zoneName, region }: Settings): cognito.UserPool {
    return new cognito.UserPool(this, 'UserPool', {
      userPoolName: name,
      // The access token has an e-mail address: the trigger for it needs Essentials.
      featurePlan: cognito.FeaturePlan.ESSENTIALS,
      signInAliases: { email: true },
      signInCaseSensitive: false,
      selfSignUpEnabled: true,
      autoVerify: { email: true },
      keepOriginal: { email: true },
      mfa: cognito.Mfa.REQUIRED,
      mfaSecondFactor: { otp: true, sms: false },
      passwordPolicy: {
        minLength: 12,
        requireLowercase: false,
        requireUppercase: false,
        requireDigits: false,
        requireSymbols: false,
        passwordHistorySize: 5,
        tempPasswordValidity: Duration.days(3),
      },
      accountRecovery: cognito.AccountRecovery.EMAIL_ONLY,
      email: cognito.UserPoolEmail.withSES({ fromEmail: mailFrom, sesVerifiedDomain: zoneName, sesRegion: region }),
      customAttributes: { tenant: new cognito.StringAttribute({ mutable: true, maxLen: 64 }) },
      deletionProtection: true,
      removalPolicy: RemovalPolicy.RETAIN,
    })
  }
}
