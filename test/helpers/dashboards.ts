/** What the dashboard and the alerts ask of Prometheus. */
import { readFileSync } from 'node:fs'
import { parse } from 'yaml'

const root = new URL('../../', import.meta.url)

export interface Panel {
  readonly id: number
  readonly title: string
  readonly type: string
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number }
  readonly targets?: readonly { readonly expr: string }[]
}

interface Dashboard {
  readonly panels: readonly Panel[]
  readonly templating: { readonly list: readonly { readonly query: string | { readonly query: string } }[] }
  readonly annotations: { readonly list: readonly { readonly expr: string }[] }
}

export interface Alert {
  readonly alert: string
  readonly expr: string
  readonly labels: { readonly severity: string }
  readonly annotations: { readonly summary: string; readonly runbook: string }
}

export function readDashboard(): Dashboard {
  return JSON.parse(readFileSync(new URL('deploy/grafana/cogate.json', root), 'utf8')) as Dashboard
}

export function readAlerts(): readonly Alert[] {
  const file = parse(readFileSync(new URL('deploy/prometheus/alerts.yaml', root), 'utf8')) as {
    readonly groups: readonly { readonly rules: readonly Alert[] }[]
  }
  return file.groups.flatMap(({ rules }) => rules)
}

/** The expressions of the panels and of the annotations, with the variables of Grafana filled in. */
export function readQueries(): readonly string[] {
  const { panels, annotations } = readDashboard()
  const queries = [...panels.flatMap(({ targets = [] }) => targets), ...annotations.list].map(({ expr }) => expr)
  return queries.map((expr) => expr.replaceAll(/\$__(?:rate_)?interval/g, '5m').replaceAll(/\$(?:job|instance)/g, '.*'))
}

/** The metrics that an expression names; those of a histogram as Prometheus stores them. */
export function metricsOf(expr: string): readonly string[] {
  return [...expr.matchAll(/\b(?:cogate|process|nodejs)_[a-z_]+/g)].map(([name]) => name)
}
