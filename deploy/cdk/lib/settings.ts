/** What is different in each company: the context of cdk.json, checked before anything is made of it. */

const keys = [
  ...(['name', 'region', 'account', 'zoneName', 'zoneId', 'appHost', 'loginHost'] as const),
  ...(['emailDomains', 'mailFrom', 'alarmMail', 'cogateImage', 'appImage', 'legacyUsersUrl'] as const),
] as const

/** `emailDomains`: with commas between. `legacyUsersUrl`: empty where no users come from an older system. */
export type Settings = Readonly<Record<(typeof keys)[number], string>>

/** Throws an error that names every key that is wrong. */
export function readSettings(read: (key: string) => unknown): Settings {
  const settings = Object.fromEntries(keys.map((key) => [key, read(key)])) as Settings
  const wrong = keys.filter(
    (key) => typeof settings[key] !== 'string' || (settings[key] === '' && key !== 'legacyUsersUrl'),
  )
  if (wrong.length > 0) throw new Error(`cdk.json: expected a text at context ${wrong.join(', ')}`)
  const { zoneName, appHost, loginHost, legacyUsersUrl } = settings
  const outside = [appHost, loginHost].filter((host) => !host.endsWith(`.${zoneName}`))
  if (outside.length > 0) throw new Error(`cdk.json: ${outside.join(', ')}: expected a host in the zone ${zoneName}`)
  if (legacyUsersUrl !== '' && !legacyUsersUrl.startsWith('https://'))
    throw new Error('cdk.json: legacyUsersUrl: expected https')
  return settings
}
