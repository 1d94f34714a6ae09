/** One path, as all the servers read it that decode, fold, normalise or shorten paths in ways of their own. */
import { posix } from 'node:path'

/** What some server does to a path before it looks for the page. */
const habits: readonly ((path: string) => string)[] = [
  decodeUtf8,
  (path) => path.replaceAll(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
  (path) => path.toUpperCase().toLowerCase(),
  (path) => path.normalize('NFKC'),
  (path) => path.replaceAll('\\', '/'),
  (path) => path.replaceAll(/[. ]+(?=\/|$)/g, ''),
  (path) => path.replaceAll(/;[^/]*/g, ''),
  (path) => path.replaceAll(/\/{2,}/g, '/'),
  (path) => path.replace(/\/$/, ''),
  (path) => (path.startsWith('/') ? posix.normalize(path) : path),
  (path) => path.replace(/[#\0].*$/s, ''),
  parseAsUrl,
  (path) => path.replaceAll('+', ' '),
  (path) =>
    path
      .split('/')
      .map((segment) => segment.trim())
      .join('/'),
  (path) => path.replaceAll(/\p{Cc}|\p{Default_Ignorable_Code_Point}/gu, ''),
  (path) => path.replaceAll(/\uFFFD/g, ''),
  (path) => path.replace(/[;\r\n].*$/s, ''),
  (path) => path.replaceAll(/:[^/:]*:\$(?:data|index_allocation)(?=\/|$)/gi, ''),
  (path) => path.replaceAll(/(?<=\/)\((?:[a-z]\([^()/]*\))+\)\/?/gi, ''),
]

/** Enough for every habit behind every other; a reading is a path, not an attack on this function. */
const mostReadings = 300

/** The path itself among them. */
export function readingsOf(target: string): ReadonlySet<string> {
  const readings = new Set([target.split('?', 1)[0] ?? ''])
  for (const reading of readings) {
    if (readings.size > mostReadings) break
    for (const habit of habits) readings.add(habit(reading))
  }
  return readings
}

function decodeUtf8(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}

function parseAsUrl(path: string): string {
  return URL.parse(path, 'http://service.example')?.pathname ?? path
}
