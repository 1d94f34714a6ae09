/** The service without a login and cogate in one task on Fargate, behind a load balancer that reaches cogate alone. */
import { Duration, Fn, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib'
import { Certificate, CertificateValidation } from 'aws-cdk-lib/aws-certificatemanager'
import { Port, Vpc } from 'aws-cdk-lib/aws-ec2'
import { Repository } from 'aws-cdk-lib/aws-ecr'
import * as ecs from 'aws-cdk-lib/aws-ecs'
import { ApplicationLoadBalancedFargateService } from 'aws-cdk-lib/aws-ecs-patterns'
import { ApplicationProtocol, SslPolicy } from 'aws-cdk-lib/aws-elasticloadbalancingv2'
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs'
import { HostedZone } from 'aws-cdk-lib/aws-route53'
import { Secret } from 'aws-cdk-lib/aws-secretsmanager'
import type { Construct } from 'constructs'
import type { PoolStack } from './pool-stack.ts'
import type { Settings } from './settings.ts'

export interface ServiceStackProps extends StackProps {
  readonly settings: Settings
  readonly pool: PoolStack
}

const trafficPort = 8181
const opsPort = 9464
/** `drain.delay` and `drain.timeout` of cogate, and some. */
const stopTimeout = Duration.seconds(40)

export class ServiceStack extends Stack {
  constructor(scope: Construct, id: string, { settings, pool, ...props }: ServiceStackProps) {
    super(scope, id, props)
    const vpc = new Vpc(this, 'Vpc', { maxAzs: 2, natGateways: 1 })
    const taskDefinition = this.#createTask(settings, pool)
    const { zoneId: hostedZoneId, zoneName, appHost } = settings
    const domainZone = HostedZone.fromHostedZoneAttributes(this, 'Zone', { hostedZoneId, zoneName })
    const validation = CertificateValidation.fromDns(domainZone)
    const service = new ApplicationLoadBalancedFargateService(this, 'Service', {
      vpc,
      taskDefinition,
      desiredCount: 2,
      minHealthyPercent: 100,
      circuitBreaker: { rollback: true },
      certificate: new Certificate(this, 'Certificate', { domainName: appHost, validation }),
      domainName: appHost,
      domainZone,
      redirectHTTP: true,
      sslPolicy: SslPolicy.RECOMMENDED_TLS,
      targetProtocol: ApplicationProtocol.HTTP,
      healthCheckGracePeriod: Duration.seconds(30),
    })
    const { targetGroup, loadBalancer } = service
    targetGroup.configureHealthCheck({
      port: String(opsPort),
      path: '/readyz',
      interval: Duration.seconds(10),
      healthyThresholdCount: 2,
    })
    service.service.connections.allowFrom(loadBalancer, Port.tcp(opsPort), 'readiness')
    targetGroup.setAttribute('deregistration_delay.timeout_seconds', '30')
    loadBalancer.setAttribute('routing.http.drop_invalid_header_fields.enabled', 'true')
    loadBalancer.setAttribute('deletion_protection.enabled', 'true')
  }

  /** Two, without a question to the account while the templates are written. */
  override get availabilityZones(): string[] {
    return [0, 1].map((index) => Fn.select(index, Fn.getAzs()))
  }

  #createTask(settings: Settings, pool: PoolStack): ecs.FargateTaskDefinition {
    const task = new ecs.FargateTaskDefinition(this, 'Task', { cpu: 512, memoryLimitMiB: 1024 })
    const logGroup = new LogGroup(this, 'Log', {
      retention: RetentionDays.THREE_MONTHS,
      removalPolicy: RemovalPolicy.DESTROY,
    })
    // The load balancer sends to the container that is first.
    const cogate = task.addContainer('cogate', {
      image: this.#findImage(settings.cogateImage),
      portMappings: [{ name: 'http', containerPort: trafficPort, appProtocol: ecs.AppProtocol.http }],
      environment: this.#environment(settings, pool),
      secrets: this.#secrets(pool),
      user: '65532:65532',
      readonlyRootFilesystem: true,
      linuxParameters: this.#noRights(),
      memoryReservationMiB: 128,
      stopTimeout,
      // Whether it is live, never whether it is ready: ECS ends a task that is not healthy.
      healthCheck: {
        command: ['CMD', '/nodejs/bin/node', '/app/dist/main.js', 'health', '--live'],
        interval: Duration.seconds(15),
        timeout: Duration.seconds(3),
        startPeriod: Duration.seconds(20),
      },
      logging: ecs.LogDrivers.awsLogs({ streamPrefix: 'cogate', logGroup, mode: ecs.AwsLogDriverMode.NON_BLOCKING }),
    })
    cogate.addUlimits({ name: ecs.UlimitName.NOFILE, softLimit: 65_536, hardLimit: 65_536 })
    const app = task.addContainer('app', {
      image: this.#findImage(settings.appImage),
      stopTimeout,
      logging: ecs.LogDrivers.awsLogs({ streamPrefix: 'app', logGroup }),
    })
    // Stopped in the reverse order: cogate drains while the service still answers.
    cogate.addContainerDependencies({ container: app, condition: ecs.ContainerDependencyCondition.START })
    return task
  }

  /** `repository:tag` in the registry of the account. */
  #findImage(image: string): ecs.ContainerImage {
    const [name = '', tag = 'latest'] = image.split(':')
    return ecs.ContainerImage.fromEcrRepository(Repository.fromRepositoryName(this, `Repository-${name}`, name), tag)
  }

  #noRights(): ecs.LinuxParameters {
    const parameters = new ecs.LinuxParameters(this, 'Linux')
    parameters.dropCapabilities(ecs.Capability.ALL)
    return parameters
  }

  #environment({ appHost, loginHost }: Settings, { userPool, clients }: PoolStack): Record<string, string> {
    return {
      COGATE_USER_POOL_ID: userPool.userPoolId,
      COGATE_CLIENT_ID: [clients.web.userPoolClientId, clients.machine.userPoolClientId].join(','),
      COGATE_UPSTREAM: 'http://127.0.0.1:8080',
      COGATE_PUBLIC_URL: `https://${appHost}`,
      COGATE_LOGIN_DOMAIN: `https://${loginHost}`,
      COGATE_LOGIN_CLIENT_ID: clients.web.userPoolClientId,
      COGATE_LOGIN_SCOPES: ['openid', 'email', `https://${appHost}/read`].join(','),
      COGATE_ROUTES: JSON.stringify([
        { path: '/*', auth: 'login' },
        { path: '/admin/*', auth: 'login', groups: ['admin'] },
        { path: '/api/*', scopes: [`https://${appHost}/read`] },
      ]),
    }
  }

  #secrets({ clientSecret }: PoolStack): Record<string, ecs.Secret> {
    const session = new Secret(this, 'SessionSecret', {
      generateSecretString: { excludePunctuation: true, passwordLength: 64 },
    })
    return {
      COGATE_SESSION_SECRETS: ecs.Secret.fromSecretsManager(session),
      COGATE_LOGIN_CLIENT_SECRET: ecs.Secret.fromSecretsManager(clientSecret),
    }
  }
}
