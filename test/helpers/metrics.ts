/** The metrics of a gate as its ops listener shows them. */

export async function readMetrics(opsUrl: string): Promise<string> {
  return (await fetch(`${opsUrl}/metrics`)).text()
}

/** The value of a metric without labels; NaN where it is not there. */
export async function readMetric(opsPort: number, name: string): Promise<number> {
  const metrics = await readMetrics(`http://127.0.0.1:${opsPort}`)
  return Number(new RegExp(`^${name} (.*)$`, 'm').exec(metrics)?.[1] ?? Number.NaN)
}

export async function untilMetrics(opsUrl: string, areSo: (metrics: string) => boolean): Promise<void> {
  while (!areSo(await readMetrics(opsUrl)));
}
