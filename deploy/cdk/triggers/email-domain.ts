/** Whether an e-mail address is of a domain that may sign up: all of the part behind the last @, letter case aside. */
export function hasAllowedDomain(email: string | undefined, domains: string | undefined): boolean {
  const allowed = (domains ?? '').split(',').map((domain) => domain.trim().toLowerCase())
  const [, domain = ''] = /^[^@]+@([^@]+)$/.exec(email ?? '') ?? []
  return domain !== '' && allowed.includes(domain.toLowerCase())
}
