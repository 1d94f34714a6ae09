/** Direct uploads to S3: credentials for a signed-in user, good below the prefix of that user alone. */
import { CfnOutput, Duration, RemovalPolicy } from 'aws-cdk-lib'
import type * as cognito from 'aws-cdk-lib/aws-cognito'
import { IdentityPool, UserPoolAuthenticationProvider } from 'aws-cdk-lib/aws-cognito-identitypool'
import { PolicyStatement } from 'aws-cdk-lib/aws-iam'
import { BlockPublicAccess, Bucket, BucketEncryption, HttpMethods, ObjectOwnership } from 'aws-cdk-lib/aws-s3'
import type { Construct } from 'constructs'
import type { Settings } from './settings.ts'

export interface Uploads {
  readonly userPool: cognito.UserPool
  readonly client: cognito.UserPoolClient
  readonly settings: Settings
}

/** IAM puts the id of the caller in place of it. */
const caller = `\${cognito-identity.amazonaws.com:sub}`

export function addUploads(scope: Construct, { userPool, client, settings }: Uploads): void {
  const bucket = new Bucket(scope, 'Uploads', {
    blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
    encryption: BucketEncryption.S3_MANAGED,
    enforceSSL: true,
    objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
    lifecycleRules: [{ abortIncompleteMultipartUploadAfter: Duration.days(1) }],
    cors: [
      {
        allowedOrigins: [`https://${settings.appHost}`],
        allowedMethods: [HttpMethods.GET, HttpMethods.PUT, HttpMethods.POST],
        allowedHeaders: ['*'],
        exposedHeaders: ['ETag'],
        maxAge: 600,
      },
    ],
    removalPolicy: RemovalPolicy.RETAIN,
  })
  const identityPool = new IdentityPool(scope, 'IdentityPool', {
    allowUnauthenticatedIdentities: false,
    authenticationProviders: {
      userPools: [
        // Credentials end with the sign-in: the token is checked for revocation.
        new UserPoolAuthenticationProvider({ userPool, userPoolClient: client, disableServerSideTokenCheck: false }),
      ],
    },
  })
  const actions = ['s3:PutObject', 's3:GetObject', 's3:DeleteObject', 's3:AbortMultipartUpload']
  identityPool.authenticatedRole.addToPrincipalPolicy(
    new PolicyStatement({ actions, resources: [bucket.arnForObjects(`users/${caller}/*`)] }),
  )
  identityPool.authenticatedRole.addToPrincipalPolicy(
    new PolicyStatement({
      actions: ['s3:ListBucket'],
      resources: [bucket.bucketArn],
      conditions: { StringLike: { 's3:prefix': [`users/${caller}/*`] } },
    }),
  )
  new CfnOutput(scope, 'IdentityPoolId', { value: identityPool.identityPoolId })
  new CfnOutput(scope, 'UploadBucket', { value: bucket.bucketName })
}
