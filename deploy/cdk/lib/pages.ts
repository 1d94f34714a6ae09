/** Managed login at a host of your own: the domain, its certificate, its DNS record, and a style for the client. */
import type { ICertificate } from 'aws-cdk-lib/aws-certificatemanager'
import * as cognito from 'aws-cdk-lib/aws-cognito'
import { AaaaRecord, ARecord, HostedZone, RecordTarget } from 'aws-cdk-lib/aws-route53'
import { CloudFrontTarget } from 'aws-cdk-lib/aws-route53-targets'
import type { Construct } from 'constructs'
import type { Settings } from './settings.ts'

export interface Pages {
  readonly userPool: cognito.UserPool
  readonly client: cognito.UserPoolClient
  readonly certificate: ICertificate
  readonly settings: Settings
}

/** Cognito refuses the domain unless the zone above it has an A record. */
export function addPages(scope: Construct, { userPool, client, certificate, settings }: Pages): void {
  const { zoneId: hostedZoneId, zoneName, loginHost } = settings
  const domain = userPool.addDomain('Domain', {
    customDomain: { domainName: loginHost, certificate },
    managedLoginVersion: cognito.ManagedLoginVersion.NEWER_MANAGED_LOGIN,
  })
  const zone = HostedZone.fromHostedZoneAttributes(scope, 'Zone', { hostedZoneId, zoneName })
  const hostedZone = CloudFrontTarget.getHostedZoneId(scope)
  const target = RecordTarget.fromAlias({
    bind: () => ({ dnsName: domain.cloudFrontEndpoint, hostedZoneId: hostedZone }),
  })
  const record = { zone, recordName: loginHost, target }
  new ARecord(scope, 'LoginRecord', record)
  new AaaaRecord(scope, 'LoginRecordV6', record)
  // A client that is not made in the console has no style, and without a style its pages do not open.
  const branding = new cognito.CfnManagedLoginBranding(scope, 'Branding', {
    userPoolId: userPool.userPoolId,
    clientId: client.userPoolClientId,
    useCognitoProvidedValues: true,
  })
  branding.node.addDependency(domain)
}
