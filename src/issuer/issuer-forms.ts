/**
 * The forms that the `iss` of a pool can take. `original` and `updated` are Cognito's; `local` is the URL of the
 * look-alike, for a gate that finds keys by the issuer alone.
 */
export type IssuerForm = 'local' | 'original' | 'updated'

export interface IssuerNames {
  readonly poolId: string
  /** The origin of the look-alike. */
  readonly url: string
}

export function nameIssuer(form: IssuerForm, { poolId, url }: IssuerNames): string {
  const [region = ''] = poolId.split('_')
  if (form === 'local') return `${url}/${poolId}`
  return `https://${form === 'updated' ? 'issuer-cognito-idp' : 'cognito-idp'}.${region}.amazonaws.com/${poolId}`
}
