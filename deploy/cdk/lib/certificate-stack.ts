/** The certificate of the custom domain. It must be in us-east-1, so it has a stack of its own. */
import { Stack, type StackProps } from 'aws-cdk-lib'
import { Certificate, CertificateValidation, type ICertificate } from 'aws-cdk-lib/aws-certificatemanager'
import { HostedZone } from 'aws-cdk-lib/aws-route53'
import type { Construct } from 'constructs'
import type { Settings } from './settings.ts'

export class CertificateStack extends Stack {
  readonly certificate: ICertificate

  constructor(scope: Construct, id: string, { settings, ...props }: StackProps & { readonly settings: Settings }) {
    super(scope, id, props)
    const { zoneId: hostedZoneId, zoneName, loginHost } = settings
    const zone = HostedZone.fromHostedZoneAttributes(this, 'Zone', { hostedZoneId, zoneName })
    const validation = CertificateValidation.fromDns(zone)
    this.certificate = new Certificate(this, 'Certificate', { domainName: loginHost, validation })
  }
}
