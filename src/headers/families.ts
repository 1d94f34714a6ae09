/**
 * Beginnings of header names that some product takes for identity. They are stripped from every request, whatever the preset.
 * Data only; scripts/describe-families.ts writes the list into the documentation.
 */

export interface HeaderFamily {
  /** Who sets or trusts these headers. */
  readonly product: string
  /** In canonical form. A name belongs to the family when it begins with one of them. */
  readonly prefixes: readonly string[]
}

export const headerFamilies: readonly HeaderFamily[] = [
  { product: 'cogate', prefixes: ['x-cogate-', 'x-cognito-'] },
  { product: 'oauth2-proxy, Keycloak Gatekeeper, Vouch', prefixes: ['x-auth-request-', 'x-vouch-'] },
  {
    product: 'Gatekeeper, CouchDB, Posit and others: the user',
    prefixes: [
      'x-auth-couchdb-',
      'x-auth-email',
      'x-auth-group',
      'x-auth-name',
      'x-auth-role',
      'x-auth-subject',
      'x-auth-user',
      'x-rstudio-username',
    ],
  },
  {
    product: 'SonarQube, Rundeck, Jenkins and others, beside the forwarding headers',
    prefixes: [
      'x-forwarded-access-token',
      'x-forwarded-claim',
      'x-forwarded-email',
      'x-forwarded-group',
      'x-forwarded-id-token',
      'x-forwarded-login',
      'x-forwarded-name',
      'x-forwarded-preferred-username',
      'x-forwarded-role',
      'x-forwarded-sub',
      'x-forwarded-user',
      'x-forwarded-uuid',
    ],
  },
  { product: 'Authelia, Tailscale, Caddy, authentik', prefixes: ['remote-', 'tailscale-user-', 'x-authentik-'] },
  { product: 'Grafana, Gitea and Apache recipes', prefixes: ['x-remote-', 'x-webauth-'] },
  {
    product: 'OpenSearch, Elasticsearch',
    prefixes: [
      'es-security-runas-user',
      'opendistro-security-impersonate-as',
      'opensearch-security-impersonate-as',
      'x-proxy-',
    ],
  },
  { product: 'Kubernetes, Kubeflow', prefixes: ['impersonate-', 'kubeflow-groups', 'kubeflow-userid'] },
  {
    product: 'Apache NiFi, Trino, Presto, AKHQ',
    prefixes: ['x-akhq-', 'x-presto-user', 'x-proxiedentit', 'x-trino-user'],
  },
  {
    product: 'Kong, Apache APISIX, Oathkeeper and applications',
    prefixes: [
      'x-anonymous-consumer',
      'x-authenticated-',
      'x-consumer-',
      'x-credential-',
      'x-id-token',
      'x-identity',
      'x-jwt-',
      'x-rh-identity',
      'x-sso-',
      'x-user',
    ],
  },
  {
    product: 'Pomerium, Cloudflare Access',
    prefixes: ['cf-access-authenticated-', 'x-pomerium-'],
  },
  { product: 'AWS load balancers', prefixes: ['x-amzn-mtls-', 'x-amzn-oidc-'] },
  {
    product: 'Google Cloud, Azure',
    prefixes: [
      'x-apigateway-api-userinfo',
      'x-appengine-user-',
      'x-arr-clientcert',
      'x-endpoint-api-userinfo',
      'x-goog-authenticated-user-',
      'x-ms-client-principal',
      'x-ms-token-',
    ],
  },
  {
    product: 'SiteMinder, WebSEAL, Oracle Access Manager, WebSphere',
    prefixes: ['-ws', 'iv-', 'oam-', 'osso-', 'sm-', 'smuser'],
  },
  {
    product: 'Apache modules: mod_auth_openidc, Shibboleth, mod_auth_mellon, mod_auth_cas',
    prefixes: ['cas-', 'eppn', 'mellon-', 'oidc-', 'shib-'],
  },
  {
    product: 'Client certificates: nginx, HAProxy, Apache, Traefik, RFC 9440, Linkerd, Cloudflare, WebLogic',
    prefixes: [
      'cf-cert-',
      'cf-client-cert',
      'client-cert',
      'l5d-client-id',
      'ssl-',
      'wl-proxy-client-cert',
      'x-client-cert',
      'x-client-dn',
      'x-client-issuer',
      'x-client-s-dn',
      'x-client-san',
      'x-client-serial',
      'x-client-subject',
      'x-client-verif',
      'x-mtls-',
      'x-ssl-',
      'x-tls-client',
    ],
  },
]

/** All beginnings, in canonical form. */
export const identityFamilies: readonly string[] = headerFamilies.flatMap(({ prefixes }) => prefixes)

/** Names inside a family that no product takes for identity: gRPC-Web sends the first with every call. */
const harmless: ReadonlySet<string> = new Set(['x-user-agent'])

/** Letters, digits and dashes only, so that nothing has to be escaped. */
const pattern = new RegExp(`^(?:${identityFamilies.join('|')})`)

/** Takes the canonical form of a name. */
export function isOfFamily(canonicalName: string): boolean {
  return pattern.test(canonicalName) && !harmless.has(canonicalName)
}
