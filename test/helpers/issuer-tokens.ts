/** The token endpoint of the local issuer, as an application asks it. */

import type { Issuer } from './issuer.ts'
import { askForCode, CALLBACK, openBrowser, signIn } from './issuer-browser.ts'

export interface TokenAnswer {
  readonly status: number
  readonly body: Readonly<Record<string, unknown>>
}

/** `undefined` leaves a field out. */
export type Fields = Readonly<Record<string, string | undefined>>

export async function postForm(url: string, form: Fields, headers: Readonly<Record<string, string>> = {}) {
  const present = Object.entries(form).filter(([, value]) => value !== undefined) as [string, string][]
  return fetch(url, { method: 'POST', body: new URLSearchParams(present), headers: { ...headers } })
}

export async function requestTokens(
  issuer: Issuer,
  form: Fields,
  headers: Readonly<Record<string, string>> = {},
): Promise<TokenAnswer> {
  const response = await postForm(`${issuer.url}/oauth2/token`, { client_id: issuer.clientId, ...form }, headers)
  return { status: response.status, body: (await response.json()) as TokenAnswer['body'] }
}

export interface SignedIn {
  readonly body: Readonly<Record<string, unknown>>
  readonly access: Readonly<Record<string, unknown>>
  readonly id: Readonly<Record<string, unknown>>
  readonly refreshToken: string
}

export interface SignInOptions {
  readonly username?: string
  /** Of the authorization request. */
  readonly parameters?: Fields
}

/** A whole sign-in with a browser of its own. */
export async function signInForTokens(issuer: Issuer, { username, parameters }: SignInOptions = {}): Promise<SignedIn> {
  const { url, verifier } = askForCode(issuer, parameters)
  const callback = await signIn(openBrowser(), url, username)
  const { body } = await requestTokens(issuer, {
    grant_type: 'authorization_code',
    code: callback.searchParams.get('code') ?? '',
    redirect_uri: parameters?.['redirect_uri'] ?? CALLBACK,
    code_verifier: verifier,
    client_id: parameters?.['client_id'] ?? issuer.clientId,
  })
  const { access_token, id_token, refresh_token } = body
  return { body, access: decodePayload(access_token), id: decodePayload(id_token), refreshToken: String(refresh_token) }
}

export function refresh(issuer: Issuer, refreshToken: string, form: Fields = {}): Promise<TokenAnswer> {
  return requestTokens(issuer, { grant_type: 'refresh_token', refresh_token: refreshToken, ...form })
}

/** Empty for a token that is not there. */
export function decodePayload(token: unknown): Readonly<Record<string, unknown>> {
  const payload = String(token ?? '').split('.')[1]
  return payload === undefined ? {} : JSON.parse(Buffer.from(payload, 'base64url').toString())
}
