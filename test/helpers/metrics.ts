/** The metrics of a gate as its ops listener shows them. */

export async function readMetrics(opsUrl: string): Promise<string> {
  return (await fetch(`${opsUrl}/metrics`)).text()
}

export async function untilMetrics(opsUrl: string, areSo: (metrics: string) => boolean): Promise<void> {
  while (!areSo(await readMetrics(opsUrl)));
}
