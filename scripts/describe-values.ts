/**
 * The JSON Schema of the values of the Helm chart: below `config` the configuration file as the option table has it, without
 * secrets, and around it what the chart itself knows. Helm refuses values that it does not allow before it renders anything.
 */
import type { Schema } from '../src/config/render/schema.ts'
import { renderSchema } from '../src/config/render/schema.ts'
import { envNames } from '../src/config/table/option.ts'
import { compileTable } from '../src/config/table/option-table.ts'
import { OPTIONS } from '../src/config/table/options.ts'

const text = { type: 'string' } as const
const someText = { type: 'string', minLength: 1 } as const
const flag = { type: 'boolean' } as const
const anyMapping = { type: 'object' } as const
const port = { type: 'integer', minimum: 1, maximum: 65_535 } as const
const count = { type: 'integer', minimum: 1 } as const
const texts = { type: 'object', additionalProperties: text } as const
const userId = { type: 'integer', minimum: 1 } as const

/** Nothing but these keys, none of them without a value. */
function mapping(properties: Readonly<Record<string, Schema>>): Schema {
  return { type: 'object', properties, additionalProperties: false }
}

function oneOf(...values: readonly string[]): Schema {
  return { enum: values }
}

function listOf(items: Schema, minItems = 0): Schema {
  return { type: 'array', items, ...(minItems > 0 && { minItems }) }
}

/** A word, or a list in its place. */
function wordOrList(word: string, minItems: number): Schema {
  return { if: { type: 'string' }, ...elseSchema({ enum: [word] }, listOf(anyMapping, minItems)) }
}

function elseSchema(first: Schema, second: Schema): Schema {
  // biome-ignore lint/suspicious/noThenProperty: a JSON Schema keyword, never awaited
  return { then: first, else: second }
}

export function renderValuesSchema(): Schema {
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'values of the cogate chart',
    ...mapping({ ...common(), ...gateway() }),
  }
}

/** What a container of cogate is made of, in both modes. */
function common(): Readonly<Record<string, Schema>> {
  const { $schema: _, title: __, ...config } = renderSchema(compileTable(OPTIONS.filter(({ secret }) => !secret)))
  const fromFiles = OPTIONS.filter((option) => option.secret && envNames(option).length > 0)
  const secrets = fromFiles.map(({ path, doc }) => [path, { description: doc, ...someText }])
  return {
    // Of Helm itself, where the chart is a dependency.
    global: anyMapping,
    mode: oneOf('gateway', 'sidecar'),
    image: mapping({
      repository: text,
      tag: text,
      digest: { type: 'string', pattern: '^(?:sha256:[0-9a-f]{64})?$' },
      pullPolicy: oneOf('Always', 'IfNotPresent', 'Never'),
    }),
    config: { description: 'The configuration of cogate: docs/configuration.md.', ...config },
    existingSecret: mapping({ name: text, keys: mapping(Object.fromEntries(secrets)) }),
    tls: mapping({ existingSecret: text, clientCaKey: text }),
    env: listOf({
      ...anyMapping,
      properties: { name: { ...someText, not: { pattern: '^[Cc][Oo][Gg][Aa][Tt][Ee]_' } } },
      required: ['name'],
    }),
    extraVolumes: listOf(anyMapping),
    extraVolumeMounts: listOf(anyMapping),
    preStopSeconds: { type: 'integer', minimum: 0 },
    terminationGracePeriodSeconds: count,
    sidecar: mapping({ native: flag }),
    resources: anyMapping,
    runAsUser: userId,
    runAsGroup: userId,
    nameOverride: text,
    fullnameOverride: text,
    commonLabels: texts,
  }
}

/** The Deployment of a gateway, and what stands around it. */
function gateway(): Readonly<Record<string, Schema>> {
  return {
    imagePullSecrets: listOf(mapping({ name: someText })),
    podSecurityContext: anyMapping,
    podLabels: texts,
    podAnnotations: texts,
    replicas: { type: 'integer', minimum: 0 },
    autoscaling: mapping({
      enabled: flag,
      minReplicas: count,
      maxReplicas: count,
      targetCPUUtilizationPercentage: count,
      metrics: listOf(anyMapping),
      behavior: anyMapping,
    }),
    podDisruptionBudget: mapping({
      enabled: flag,
      maxUnavailable: { type: ['integer', 'string'], minimum: 1, pattern: '^[1-9][0-9]?%$' },
    }),
    topologySpreadConstraints: listOf(anyMapping),
    nodeSelector: texts,
    tolerations: listOf(anyMapping),
    affinity: anyMapping,
    priorityClassName: text,
    serviceAccount: mapping({ create: flag, name: text, annotations: texts }),
    service: mapping({
      type: oneOf('ClusterIP', 'NodePort', 'LoadBalancer'),
      port,
      loadBalancerSourceRanges: listOf(someText, 1),
      annotations: texts,
      labels: texts,
    }),
    networkPolicy: mapping({
      enabled: flag,
      trafficFrom: wordOrList('any', 1),
      opsFrom: listOf(anyMapping),
      egress: wordOrList('any', 0),
      service: mapping({ podSelector: { ...anyMapping, minProperties: 1 } }),
    }),
    serviceMonitor: mapping({ enabled: flag, interval: someText, labels: texts }),
    ingress: mapping({
      enabled: flag,
      className: text,
      annotations: texts,
      hosts: listOf(someText),
      tls: listOf(anyMapping),
    }),
    httpRoute: mapping({
      enabled: flag,
      parentRefs: listOf(anyMapping),
      hostnames: listOf(someText),
      annotations: texts,
    }),
  }
}
