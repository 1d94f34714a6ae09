/** Three stacks: the certificate of the sign-in pages, the user pool, and a service behind cogate. */
import type { App } from 'aws-cdk-lib'
import { CertificateStack } from './certificate-stack.ts'
import { PoolStack } from './pool-stack.ts'
import { ServiceStack } from './service-stack.ts'
import { readSettings } from './settings.ts'

export interface Stacks {
  readonly certificate: CertificateStack
  readonly pool: PoolStack
  readonly service: ServiceStack
}

/** Throws an error when the context of cdk.json is wrong. */
export function makeStacks(app: App): Stacks {
  const settings = readSettings((key) => app.node.tryGetContext(key) as unknown)
  const { name, account, region } = settings
  const certificate = new CertificateStack(app, `${name}-certificate`, {
    settings,
    // Cognito takes the certificate of a custom domain from this region alone.
    env: { account, region: 'us-east-1' },
    crossRegionReferences: true,
  })
  const pool = new PoolStack(app, `${name}-pool`, {
    settings,
    certificate: certificate.certificate,
    env: { account, region },
    crossRegionReferences: true,
  })
  const service = new ServiceStack(app, `${name}-service`, { settings, pool, env: { account, region } })
  return { certificate, pool, service }
}
