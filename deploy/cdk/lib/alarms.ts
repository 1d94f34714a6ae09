/** What wakes the on-call: sign-ins that fail or are throttled, codes that are not delivered, triggers with errors. */
import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib'
import { Alarm, ComparisonOperator, MathExpression, Metric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch'
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions'
import * as cognito from 'aws-cdk-lib/aws-cognito'
import { ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { FilterPattern, LogGroup, MetricFilter, RetentionDays } from 'aws-cdk-lib/aws-logs'
import { Topic } from 'aws-cdk-lib/aws-sns'
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions'
import type { Construct } from 'constructs'
import type { Settings } from './settings.ts'
import type { Trigger } from './triggers.ts'

export interface Watched {
  readonly userPool: cognito.UserPool
  readonly client: cognito.UserPoolClient
  readonly functions: readonly Trigger[]
  readonly settings: Settings
}

export function addAlarms(scope: Construct, { userPool, client, functions, settings }: Watched): void {
  const topic = new Topic(scope, 'Alarms', { enforceSSL: true })
  topic.addSubscription(new EmailSubscription(settings.alarmMail))
  const action = new SnsAction(topic)
  const period = Duration.minutes(5)
  const alarm = (id: string, metric: Metric | MathExpression, threshold: number, alarmDescription: string): void => {
    const one = new Alarm(scope, id, {
      metric,
      threshold,
      alarmDescription,
      evaluationPeriods: 2,
      comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    })
    one.addAlarmAction(action)
  }
  const dimensionsMap = { UserPool: userPool.userPoolId, UserPoolClient: client.userPoolClientId }
  const sum = (metricName: string) =>
    new Metric({ namespace: 'AWS/Cognito', metricName, dimensionsMap, period, statistic: 'Sum' })
  const tries = new Metric({ ...metricOf('SignInSuccesses', dimensionsMap, period), statistic: 'SampleCount' })
  // Each try counts as one sample: 1 for a sign-in, 0 for a failure.
  const failed = new MathExpression({
    expression: 'IF(tries > 20, 100 * (tries - good) / tries, 0)',
    usingMetrics: { tries, good: sum('SignInSuccesses') },
    label: 'Failed sign-ins in percent',
    period,
  })
  alarm('SignInFailures', failed, 50, 'More than half of the sign-ins fail: an attack, or a fault of the pool')
  alarm('SignInThrottles', sum('SignInThrottles'), 0, 'Cognito refuses sign-ins: the quota of the account is used up')
  alarm('RefreshThrottles', sum('TokenRefreshThrottles'), 0, 'Cognito refuses refreshes: the quota is used up')
  alarm('CodesNotDelivered', undeliveredCodes(scope, userPool), 0, 'Cognito could not deliver a code by e-mail or SMS')
  for (const { name, function: one } of functions) {
    alarm(`${name}-errors`, one.metricErrors({ period }), 0, `The trigger ${name} fails, and sign-ins with it`)
  }
}

function metricOf(metricName: string, dimensionsMap: Record<string, string>, period: Duration) {
  return { namespace: 'AWS/Cognito', metricName, dimensionsMap, period }
}

/** MFA has no metric of its own: Cognito writes down each code that it could not deliver, and a filter counts these lines. */
function undeliveredCodes(scope: Construct, userPool: cognito.UserPool): Metric {
  const logGroup = new LogGroup(scope, 'Deliveries', {
    // The prefix lets AWS services write to it with one policy of the account.
    logGroupName: `/aws/vendedlogs/cognito/${Stack.of(scope).stackName}`,
    retention: RetentionDays.THREE_MONTHS,
    removalPolicy: RemovalPolicy.DESTROY,
  })
  logGroup.grantWrite(new ServicePrincipal('delivery.logs.amazonaws.com'))
  new cognito.CfnLogDeliveryConfiguration(scope, 'DeliveryLog', {
    userPoolId: userPool.userPoolId,
    logConfigurations: [
      {
        eventSource: 'userNotification',
        logLevel: 'ERROR',
        cloudWatchLogsConfiguration: { logGroupArn: logGroup.logGroupArn },
      },
    ],
  })
  const filter = new MetricFilter(scope, 'UndeliveredCodes', {
    logGroup,
    filterPattern: FilterPattern.allEvents(),
    metricNamespace: Stack.of(scope).stackName,
    metricName: 'UndeliveredCodes',
    metricValue: '1',
  })
  return filter.metric({ period: Duration.minutes(5), statistic: 'Sum' })
}
