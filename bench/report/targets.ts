/**
 * What the gate must reach and aims at, and from which medians of a run each figure is made.
 */
export interface Target {
  readonly what: string
  readonly unit: '' | 'ms' | 'MiB' | 'MB'
  /** `most`: the figure must not be greater. */
  readonly bound: 'most' | 'least'
  readonly must: number
  readonly aim?: number
  readonly measure: (figures: Figures) => number | undefined
}

/** The median of a row of a scenario. */
export type Figures = (scenario: string, label: string, key: string) => number | undefined

interface Place {
  readonly scenario: string
  readonly label: string
}

function ratio(key: string, above: Place, below: Place): Target['measure'] {
  return (figures) => {
    const upper = figures(above.scenario, above.label, key)
    const lower = figures(below.scenario, below.label, key)
    return upper === undefined || lower === undefined ? undefined : upper / lower
  }
}

function cpuRatio(scenario: string, above: string, below: string): Target['measure'] {
  return ratio('cpu', { scenario, label: above }, { scenario, label: below })
}

function addedMs(key: string): Target['measure'] {
  return (figures) => {
    const gate = figures('latency', 'cogate', key)
    const direct = figures('latency', 'direct', key)
    return gate === undefined || direct === undefined ? undefined : (gate - direct) / 1000
  }
}

function megabytes(scenario: string, key: string): Target['measure'] {
  return (figures) => {
    const mib = figures(scenario, 'cogate', key)
    return mib === undefined ? undefined : (mib * 2 ** 20) / 1e6
  }
}

function throughput(scenario: string): Target['measure'] {
  return ratio('mibPerSecond', { scenario, label: 'cogate' }, { scenario, label: 'haproxy' })
}

const mostRatio = { unit: '', bound: 'most' } as const
const leastRatio = { unit: '', bound: 'least' } as const

export const targets: readonly Target[] = [
  {
    ...mostRatio,
    what: 'CPU/request, hot tokens ÷ HAProxy `jwt_verify`',
    must: 0.9,
    aim: 0.65,
    measure: cpuRatio('hot', 'cogate', 'haproxy'),
  },
  {
    ...mostRatio,
    what: 'CPU/request, hot tokens ÷ the obvious recipe (cached)',
    must: 0.75,
    aim: 0.55,
    measure: cpuRatio('hot', 'cogate', 'recipe'),
  },
  {
    ...mostRatio,
    what: 'CPU/request, authenticated ÷ the same gate’s public route',
    must: 1.08,
    aim: 1.04,
    measure: cpuRatio('public', 'cogate, hot tokens', 'cogate'),
  },
  {
    ...mostRatio,
    what: 'CPU/request, every token new ÷ HAProxy `jwt_verify`',
    must: 1.6,
    aim: 1.2,
    measure: cpuRatio('cold', 'cogate', 'haproxy'),
  },
  {
    ...mostRatio,
    what: 'CPU/request, access log on ÷ off',
    must: 1.2,
    aim: 1.1,
    measure: cpuRatio('log', 'cogate, access log', 'cogate'),
  },
  {
    ...mostRatio,
    what: 'CPU/request, sealed session cookie ÷ the same token as a bearer',
    must: 1.15,
    measure: cpuRatio('session-cookie', 'cogate, session cookies', 'cogate'),
  },
  {
    ...mostRatio,
    what: 'CPU/request, session in Redis ÷ the same token as a bearer',
    must: 1.3,
    measure: cpuRatio('session-redis', 'cogate, sessions in Redis', 'cogate'),
  },
  {
    ...mostRatio,
    what: 'Refused request (bad signature) ÷ HAProxy refusing the same',
    must: 1.6,
    aim: 1.2,
    measure: cpuRatio('refused-signature', 'cogate', 'haproxy'),
  },
  {
    ...mostRatio,
    what: 'Refused request (bad signature), every token new ÷ HAProxy',
    must: 1.6,
    aim: 1.2,
    measure: cpuRatio('refused-new', 'cogate', 'haproxy'),
  },
  { what: 'Added latency at 2,000 rps, p50', unit: 'ms', bound: 'most', must: 0.3, measure: addedMs('p50') },
  { what: 'Added latency at 2,000 rps, p99', unit: 'ms', bound: 'most', must: 1.5, measure: addedMs('p99') },
  { ...leastRatio, what: 'Download throughput ÷ HAProxy', must: 0.5, aim: 0.8, measure: throughput('download') },
  { ...leastRatio, what: 'Upload throughput ÷ HAProxy', must: 0.5, aim: 0.8, measure: throughput('upload') },
  {
    what: 'RSS growth during the download',
    unit: 'MiB',
    bound: 'most',
    must: 32,
    measure: (figures) => figures('download', 'cogate', 'rssGrowthMib'),
  },
  {
    what: 'RSS growth during the upload',
    unit: 'MiB',
    bound: 'most',
    must: 32,
    measure: (figures) => figures('upload', 'cogate', 'rssGrowthMib'),
  },
  { what: 'RSS idle', unit: 'MB', bound: 'most', must: 90, aim: 75, measure: megabytes('start', 'idleMib') },
  {
    what: 'RSS after 1 M requests over 20,000 tokens',
    unit: 'MB',
    bound: 'most',
    must: 160,
    aim: 120,
    measure: megabytes('memory', 'afterMib'),
  },
  {
    what: 'Start to first 200',
    unit: 'ms',
    bound: 'most',
    must: 500,
    aim: 250,
    measure: (figures) => figures('start', 'cogate', 'startMs'),
  },
  {
    ...mostRatio,
    what: 'CPU/request, 1,000 routes ÷ 1',
    must: 1.1,
    measure: cpuRatio('routes', 'cogate, routes 1000', 'cogate, routes 1'),
  },
  {
    ...mostRatio,
    what: 'CPU/request, 20,000 tokens ÷ 1,000',
    must: 1.1,
    measure: cpuRatio('tokens', 'cogate, tokens 20000', 'cogate, tokens 1000'),
  },
  {
    ...mostRatio,
    what: 'CPU/request, 1,024 connections ÷ 16',
    must: 1.1,
    measure: cpuRatio('connections', 'cogate, connections 1024', 'cogate, connections 16'),
  },
]
